/* Runs all tests. The argument is the folder `tests/vectors`. */
#include "check.h"

unsigned checks_made, checks_failed;

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: %s VECTORS\n", arguments[0]);
        return 2;
    }
    test_errors(arguments[1]);
    test_vectors(arguments[1]);
    test_policies();
    test_claims();
    test_misuse();
    test_overlap();
    test_key_sets();
    test_state();
    test_engines();
    test_pieces();
    test_signing();
    test_stack();
    test_unverified();
    printf("%u checks, %u failed\n", checks_made, checks_failed);
    return checks_failed > 0;
}
