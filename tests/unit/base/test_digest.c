/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include "base/fd.h"

#include <string.h>
#include <unistd.h>

#include "unit.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

#define ABC_384                                                                                    \
    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"                             \
    "8086072ba1e7cc2358baeca134c825a7"
#define ABC_512                                                                                    \
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"                             \
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"

/* FIPS 180-2: "abc" and a million letters a; git's empty blob. */
static void
test_known_answers(void **state)
{
    (void)state;
    char hex[CM_SHA512_HEX];
    assert_true(cm_sha256("abc", 3, hex));
    assert_string_equal(hex, ABC);
    assert_true(cm_sha256(NULL, 0, hex));
    assert_string_equal(hex, EMPTY);

    struct cm_digest *digest = cm_digest_new("sha256");
    for (int i = 0; i < 100000; i++)
        cm_digest_add(digest, "aaaaaaaaaa", 10);
    assert_true(cm_digest_end(digest, hex));
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");

    digest = cm_digest_new("sha512");
    cm_digest_add(digest, "abc", 3);
    assert_true(cm_digest_end(digest, hex));
    assert_string_equal(hex, ABC_512);

    digest = cm_digest_new("sha384");
    cm_digest_add(digest, "abc", 3);
    assert_true(cm_digest_end(digest, hex));
    assert_string_equal(hex, ABC_384);

    digest = cm_digest_new("sha1");
    cm_digest_add(digest, "blob 0", 7);
    assert_true(cm_digest_end(digest, hex));
    assert_string_equal(hex, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

/* One reading for all of them, from the beginning, wherever the descriptor stands. */
static void
test_several_at_once(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    char one[CM_SHA512_HEX], other[CM_SHA512_HEX];
    struct cm_digest *digests[] = {cm_digest_new("sha256"), cm_digest_new("sha384")};
    CM_CLEANUP(cm_fd_done) int fd = -1;
    assert_true(cm_file_unlinked(NULL, &fd, &err));
    assert_int_equal(write(fd, "abc", 3), 3);
    assert_true(cm_digest_fd(fd, "it", digests, 2, &err));
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 3);
    assert_true(cm_digest_end(digests[0], one) && cm_digest_end(digests[1], other));
    assert_string_equal(one, ABC);
    assert_string_equal(other, ABC_384);
    CM_CLEANUP(cm_digest_done) struct cm_digest *none = cm_digest_new("sha256");
    assert_false(cm_digest_fd(-1, "it", &none, 1, &err));
}

static void
test_what_there_is_not(void **state)
{
    (void)state;
    char hex[CM_SHA256_HEX] = "untouched";
    assert_null(cm_digest_new("md5"));
    assert_null(cm_digest_new("SHA256"));
    cm_digest_add(NULL, "x", 1);
    assert_false(cm_digest_end(NULL, hex));
    assert_string_equal(hex, "untouched");
    CM_CLEANUP(cm_digest_done) struct cm_digest *never_ended = cm_digest_new("sha1");
    assert_non_null(never_ended);
}

/* RFC 4231, cases 1, 2 and 6. */
static void
test_hmac(void **state)
{
    (void)state;
    char hex[CM_SHA256_HEX];
    unsigned char key[131];
    memset(key, 0x0b, 20);
    assert_true(cm_hmac_sha256(key, 20, "Hi There", 8, hex));
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_true(cm_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, hex));
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    static const char text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    assert_true(cm_hmac_sha256(key, sizeof key, text, sizeof text - 1, hex));
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void
test_an_empty_hmac_key_is_empty(void **state)
{
    (void)state;
    char hex[CM_SHA256_HEX];
    assert_true(cm_hmac_sha256("other", 5, "", 0, hex));
    assert_true(cm_hmac_sha256(NULL, 0, NULL, 0, hex));
    assert_string_equal(hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void
test_a_file_keeps_its_offset(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    CM_CLEANUP(cm_fd_done) int fd = -1;
    char hex[CM_SHA256_HEX];
    assert_true(cm_file_unlinked(NULL, &fd, &err));
    assert_true(cm_sha256_fd(fd, "x", hex, &err));
    assert_string_equal(hex, EMPTY);
    for (int i = 0; i < 100000; i++)
        assert_true(cm_fd_write_all(fd, "x", "aaaaaaaaaa", 10, &err));
    assert_true(lseek(fd, 5, SEEK_SET) == 5);
    assert_true(cm_sha256_fd(fd, "x", hex, &err));
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_true(lseek(fd, 0, SEEK_CUR) == 5);
}

static void
test_a_descriptor_that_cannot_be_read(void **state)
{
    (void)state;
    struct cm_err err = CM_ERR_INIT;
    char hex[CM_SHA256_HEX] = "untouched";
    assert_false(cm_sha256_fd(-1, "the artifact", hex, &err));
    assert_string_equal(err.text, "the artifact: Bad file descriptor");
    assert_string_equal(hex, "untouched");
}

static void
test_random_bytes_differ(void **state)
{
    (void)state;
    unsigned char a[1000] = {0};
    unsigned char b[1000] = {0};
    assert_true(cm_random(a, sizeof a));
    assert_true(cm_random(b, sizeof b));
    assert_memory_not_equal(a, b, sizeof a);
    static const unsigned char zeros[100];
    assert_memory_not_equal(a + 900, zeros, sizeof zeros);
    assert_true(cm_random(a, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_several_at_once),
        cmocka_unit_test(test_what_there_is_not),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_an_empty_hmac_key_is_empty),
        cmocka_unit_test(test_a_file_keeps_its_offset),
        cmocka_unit_test(test_a_descriptor_that_cannot_be_read),
        cmocka_unit_test(test_random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
