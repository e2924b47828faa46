/* Verifies a token on the command line, and prints its claims. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "embedded_jwt.h"

static const char usage[] =
    "Usage: verify -k FILE [-m ALGORITHM] [-i ISSUER] [-a AUDIENCE] [-t SECONDS] TOKEN\n"
    "Verifies a JSON Web Token, and prints its claims.\n"
    "  -k FILE       the secret's bytes\n"
    "  -m ALGORITHM  HS256 (which is meant if there is no -m), HS384 or HS512\n"
    "  -i ISSUER     accept only this issuer\n"
    "  -a AUDIENCE   accept only tokens for this audience\n"
    "  -t SECONDS    verify as at this time, in seconds since 1970\n"
    "Exits with 0 if the token is accepted, 1 if it is refused, 2 if it can't be verified.\n";

static const struct {
    const char *name;
    ejwt_make_key make;
} algorithms[] = {
    { "HS256", ejwt_key_hs256 },
    { "HS384", ejwt_key_hs384 },
    { "HS512", ejwt_key_hs512 },
};

/* Says what is wrong, and ends the program. */
static void fail(const char *what, const char *why)
{
    fprintf(stderr, "verify: %s: %s\n", what, why);
    exit(2);
}

static void read_key(ejwt_key *key, const char *path, const char *algorithm)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        if (strcmp(algorithms[i].name, algorithm) != 0)
            continue;
        uint8_t secret[1024];
        FILE *file = fopen(path, "rb");
        if (file == NULL)
            fail(path, "can't be opened");
        size_t length = fread(secret, 1, sizeof secret, file);
        bool is_whole = feof(file) && !ferror(file);
        fclose(file);
        if (!is_whole)
            fail(path, "can't be read, or is longer than 1023 bytes");
        ejwt_code code = algorithms[i].make(key, secret, length);
        ejwt_wipe(secret, sizeof secret);
        if (code != EJWT_OK)
            fail(path, ejwt_error_text(code));
        return;
    }
    fail(algorithm, "must be HS256, HS384 or HS512");
}

static uint64_t read_seconds(const char *text)
{
    char *end;
    unsigned long long seconds = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0')
        fail(text, "is no number of seconds");
    return seconds;
}

int main(int count, char **arguments)
{
    const char *path = NULL, *algorithm = "HS256";
    ejwt_policy policy = EJWT_POLICY;
    ejwt_time now = ejwt_time_known((uint64_t)time(NULL));
    for (int option; (option = getopt(count, arguments, "k:m:i:a:t:")) != -1;) {
        switch (option) {
        case 'k': path = optarg; break;
        case 'm': algorithm = optarg; break;
        case 'i': policy.issuer = optarg; break;
        case 'a': policy.audience = optarg; break;
        case 't': now = ejwt_time_known(read_seconds(optarg)); break;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (path == NULL || optind != count - 1) {
        fputs(usage, stderr);
        return 2;
    }
    const char *token = arguments[optind];

    ejwt_key key;
    read_key(&key, path, algorithm);
    size_t size = strlen(token);
    void *buffer = malloc(size + 1);
    if (buffer == NULL)
        fail("token", "there is no memory for it");
    ejwt_token verified;
    ejwt_code code = ejwt_verify(&key, &policy, token, size, now, buffer, size, &verified);
    ejwt_key_wipe(&key);

    int status = 0;
    if (code == EJWT_OK) {
        const char *claims;
        size_t length;
        ejwt_claims_json(&verified, &claims, &length);
        printf("%.*s\n", (int)length, claims);
    } else {
        fprintf(stderr, "refused (%d): %s\n", (int)code, ejwt_error_text(code));
        status = ejwt_error_class(code) == EJWT_CLASS_TOKEN ? 1 : 2;
    }
    free(buffer);
    return status;
}
