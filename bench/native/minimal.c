// SPDX-License-Identifier: MIT
// minimal HOST SECRET NAME COMMAND [ARG...]: the least that does what `kvrun -e NAME=SECRET` does
// on App Service, without its checks, errors and retries. With MINIMAL_TIMES, instead of the
// command: how many ns the token, the connection and the secret took.
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int dial(const char* host, const char* port) {
  struct addrinfo* at = NULL;
  const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
  if (getaddrinfo(host, port, &wanted, &at) != 0) exit(1);
  const int fd = socket(at->ai_family, SOCK_STREAM, 0);
  if (connect(fd, at->ai_addr, at->ai_addrlen) != 0) exit(1);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); // the read follows a Finished
  return fd;
}

// What stands between `key` and the next quote.
static char* field(char* text, const char* key) {
  char* value = strstr(text, key);
  if (!value) exit(1);
  value += strlen(key);
  value[strcspn(value, "\"")] = '\0';
  return value;
}

int main(int argc, char** argv) {
  static char answer[65536], request[8192];
  char host[256], port[6], path[256];
  if (argc < 5 || sscanf(getenv("IDENTITY_ENDPOINT"), "http://%255[^:]:%5[^/]%255s", host, port,
                         path) != 3) exit(2);
  const long long begin = now();
  const int identity = dial(host, port);
  dprintf(identity,
          "GET %s?api-version=2019-08-01&resource=https://vault.azure.net HTTP/1.1\r\nHost: %s:%s\r\n"
          "X-IDENTITY-HEADER: %s\r\nConnection: close\r\n\r\n",
          path, host, port, getenv("IDENTITY_HEADER"));
  for (size_t used = 0, more = 1; more > 0 && used < sizeof answer - 1; used += more)
    more = (size_t)read(identity, answer + used, sizeof answer - 1 - used);
  const char* token = field(answer, "\"access_token\":\"");
  const long long with_token = now();
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_load_verify_file(context, getenv("KVRUN_CA_FILE"));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
  SSL* vault = SSL_new(context);
  SSL_set_fd(vault, dial(argv[1], "443"));
  SSL_set_tlsext_host_name(vault, argv[1]);
  SSL_set1_host(vault, argv[1]);
  if (SSL_connect(vault) != 1) exit(1);
  const long long connected = now();
  const int size = snprintf(request, sizeof request,
                            "GET /secrets/%s?api-version=7.4 HTTP/1.1\r\nHost: %s\r\n"
                            "Authorization: Bearer %s\r\n\r\n", argv[2], argv[1], token);
  SSL_write(vault, request, size);
  for (int used = 0; !strstr(answer, "\"}") && !strstr(answer, "}}");) {
    const int more = SSL_read(vault, answer + used, (int)sizeof answer - 1 - used);
    if (more <= 0) exit(1);
    answer[used += more] = '\0';
  }
  setenv(argv[3], field(answer, "\"value\":\""), 1);
  if (getenv("MINIMAL_TIMES"))
    return printf("%lld %lld %lld\n", with_token - begin, connected - with_token,
                  now() - connected) < 0;
  execvp(argv[4], argv + 4);
  return 127;
}
