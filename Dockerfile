# An image with kvrun in it, to build on: FROM it, add a command, keep the entry point.
#   docker build -t kvrun . && docker run --rm kvrun --version
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS packages
COPY cmake/packages.txt /packages.txt
RUN awk '$1 == "build" { print $2 }' /packages.txt >/build.txt \
 && awk '$1 == "run" { print $2 }' /packages.txt >/run.txt

FROM ${BASE} AS build
COPY --from=packages /build.txt /build.txt
RUN apt-get update \
 && xargs apt-get install -y --no-install-recommends </build.txt \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DKVRUN_TESTS=OFF \
 && cmake --build /build --target kvrun \
 && strip /build/kvrun

FROM ${BASE}
COPY --from=packages /run.txt /tmp/run.txt
RUN apt-get update \
 && xargs apt-get install -y --no-install-recommends </tmp/run.txt \
 && rm -rf /var/lib/apt/lists/* /tmp/run.txt
COPY --from=build /build/kvrun /usr/bin/kvrun
USER 65532:65532
ENTRYPOINT ["/usr/bin/kvrun"]
