/* SPDX-License-Identifier: Apache-2.0 */
#include <countermark/testing.h>

extern const struct cmk_plugin cmk_plugin_future;

int
main(void)
{
    struct cmk_test *t = cmk_test_new(&cmk_plugin_future);
    cmk_test_answer(t, "https://ci.example/build", 200, "{ \"result\": \"success\" }");
    int32_t status = cmk_test_collect(t), answer = cmk_test_check(t, "looks");
    int stated = cmk_test_origin(t, "build") != NULL;
    if (status != CMK_OK || answer != CMK_PASS || !stated)
        (void)printf("collected %d, answered %x, stated %d: %s\n", status, (unsigned)answer, stated,
                     cmk_test_why(t));
    cmk_test_free(t);
    return status == CMK_OK && answer == CMK_PASS && stated ? 0 : 1;
}
