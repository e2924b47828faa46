/* Verifies a token with one key: the first program of README.md. */
#include <stdio.h>
#include <string.h>

#include "embedded_jwt.h"

/* Who may have made the token, and for whom. Each token also has to have `exp`. */
static const ejwt_policy policy = {
    .issuer = "https://id.example",
    .audience = "door-7",
    .leeway = 60,
};

int main(int count, char **arguments)
{
    /* At least 32 random bytes, shared with the issuer. */
    static const char secret[] = "for demonstration only: 32 bytes";
    static const char demonstration[] =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJkb"
        "29yLTciLCJzdWIiOiJlcmlrYSIsImV4cCI6MTgwMDAwMzYwMH0."
        "mA-430j4cYHIIVPkX5ke1a_jqn_XE9ME2pxByHqzeCU";
    const char *token = count > 1 ? arguments[1] : demonstration;

    ejwt_key key;
    ejwt_code code = ejwt_key_hs256(&key, secret, strlen(secret));
    if (code != EJWT_OK) {
        printf("bad key: %s\n", ejwt_error_text(code));
        return 2;
    }

    /* The token is decoded into the buffer, and can be read as long as that is not written. */
    static unsigned char buffer[512];
    ejwt_token verified;
    code = ejwt_verify(&key, &policy, token, strlen(token), ejwt_time_known(1800000000),
                       buffer, sizeof buffer, &verified);
    ejwt_key_wipe(&key);
    if (code != EJWT_OK) {
        printf("refused (%d): %s\n", (int)code, ejwt_error_text(code));
        return 1;
    }

    char subject[64];
    code = ejwt_claim_string(&verified, "sub", subject, sizeof subject, NULL);
    if (code != EJWT_OK) {
        printf("no subject (%d): %s\n", (int)code, ejwt_error_text(code));
        return 1;
    }
    printf("Hello, %s!\n", subject);
    return 0;
}
