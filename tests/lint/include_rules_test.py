#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants one violation a rule and expects include_rules to find it."""

import pathlib
import tempfile
import unittest

from include_rules import SOURCES, violations


class IncludeRules(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = pathlib.Path(self.directory.name)
        for folder in SOURCES:
            (self.root / folder).mkdir()

    def found(self, path, line):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"// SPDX-License-Identifier: MIT\n{line}\n")
        return violations(self.root)[1]

    def test_dependencies_of_the_folders(self):
        for path, line in {
            "base/x.cpp": '#include "azure/cloud.hpp"',
            "base/y.cpp": '#include "version.hpp"',
            "config/x.hpp": '#include "azure/cloud.hpp"',
            "azure/identity/x.cpp": '#  include "config/model.hpp"',
            "emulator/x.cpp": '#include "azure/cloud.hpp"',
            "azure/y.cpp": '#include "launcher/plan.hpp"',
            "tests/unit/config/x.cpp": '#include "azure/cloud.hpp"',
            "tests/cli/x.cpp": '#include "launcher/plan.hpp"',
        }.items():
            with self.subTest(path=path):
                self.assertIn(f"{path}:2: ", "\n".join(self.found(path, line)))

    def test_libraries_stop_at_one_file(self):
        for path, line in {
            "launcher/a.cpp": "#include <Poco/Net/HTTPSClientSession.h>",
            "azure/a.cpp": "#include <openssl/ssl.h>",
            "config/a.cpp": "#include <yaml-cpp/yaml.h>",
            "azure/b.hpp": "#include <simdjson.h>",
            "azure/c.cpp": '#include "azure/transport/tls_library.hpp"',
        }.items():
            with self.subTest(path=path):
                self.assertIn(f"{path}:2: ", "\n".join(self.found(path, line)))

    def test_form(self):
        self.assertTrue(self.found("base/form.cpp", "#include <base/error.hpp>"))
        self.assertTrue(self.found("base/form.cpp", '#include "error.hpp"'))

    def test_what_is_allowed(self):
        for path, line in {
            "launcher/plan.cpp": '#include "config/model.hpp"\n#include "azure/cloud.hpp"',
            "emulator/server.cpp": "#include <Poco/Net/HTTPServer.h>",
            "base/json.cpp": "#include <simdjson.h>",
            "base/json.hpp": "#include <string>",
            "tests/unit/azure/http.cpp": '#include "tests/fakes/fake_transport.hpp"',
            "tests/fakes/fake_transport.hpp": '#include "azure/http.hpp"',
            "launcher/main.cpp": '#include "version.hpp"',
        }.items():
            self.assertEqual(self.found(path, line), [])


if __name__ == "__main__":
    unittest.main()
