/* SPDX-License-Identifier: Apache-2.0
 *
 * What contrib/mutants weaves into its copy of the tree; nothing else includes it.
 *
 * CM_MUTANT names the one guard that is off in this run. Into the file CM_MUTANT_SEEN goes, line by
 * line, which guards would have made a difference in this run, were they off.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void
cm_mutant_see(const char *name)
{
    const char *path = getenv("CM_MUTANT_SEEN");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return;
    (void)!dprintf(fd, "%s\n", name);
    (void)close(fd);
}

static inline bool
cm_mutant_is(const char *name)
{
    const char *mutant = getenv("CM_MUTANT");
    return mutant && strcmp(mutant, name) == 0;
}

/* The same, told once and looked up once a place. */
#define CM_MUTANT(name)                                                                            \
    ({                                                                                             \
        static int cm_mutant_on = -1;                                                              \
        if (cm_mutant_on < 0) {                                                                    \
            cm_mutant_see(name);                                                                   \
            cm_mutant_on = cm_mutant_is(name);                                                     \
        }                                                                                          \
        cm_mutant_on == 1;                                                                         \
    })

#define CM_MUTANT_CONDITION(name, ...) ((__VA_ARGS__) && !CM_MUTANT(name))
#define CM_MUTANT_FAIL(name, ...)      (CM_MUTANT(name) || (__VA_ARGS__))
#define CM_MUTANT_COMPLAIN(name, ...)  (CM_MUTANT(name) ? (void)0 : (void)(__VA_ARGS__))

/* "check/build.age/pass": what is answered to a check, were it forced. */
static inline int
cm_mutant_word(const char *check, int word, int pass, int fail, int unknown)
{
    const struct {
        const char *name;
        int word;
    } all[] = {{"pass", pass}, {"fail", fail}, {"unknown", unknown}};
    int forced = word;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char name[200];
        (void)snprintf(name, sizeof name, "check/%s/%s", check, all[i].name);
        if (all[i].word != word)
            cm_mutant_see(name);
        if (cm_mutant_is(name))
            forced = all[i].word;
    }
    return forced;
}

#define CM_MUTANT_ANSWER(answer)                                                                   \
    do {                                                                                           \
        (answer).word =                                                                            \
            cm_mutant_word((answer).check, (int)(answer).word, CM_PASS, CM_FAIL, CM_UNKNOWN);      \
        if ((answer).word == CM_UNKNOWN && !(answer).reason) {                                     \
            (answer).reason = "forced";                                                            \
            (answer).reason_class = CM_E_UNSUPPORTED;                                              \
        }                                                                                          \
    } while (0)

/* Is it this machine itself? A macro, because files of the tree have names of their own that those
 * of <sys/socket.h> would stand in the way of. */
#define CM_MUTANT_IS_NEAR(address)                                                                 \
    ({                                                                                             \
        struct sockaddr_in near_4;                                                                 \
        struct sockaddr_in6 near_6;                                                                \
        memcpy(&near_4, (address), sizeof near_4);                                                 \
        bool near = (address)->sa_family == AF_INET && ntohl(near_4.sin_addr.s_addr) >> 24 == 127; \
        if ((address)->sa_family == AF_INET6) {                                                    \
            memcpy(&near_6, (address), sizeof near_6);                                             \
            near = memcmp(&near_6.sin6_addr, &in6addr_loopback, sizeof near_6.sin6_addr) == 0;     \
        }                                                                                          \
        near;                                                                                      \
    })

/* The helper is started with an empty environment; here, with these two. */
#define CM_MUTANT_PAIR(name)                                                                       \
    ({                                                                                             \
        static char cm_mutant_pair[4200];                                                          \
        (void)snprintf(cm_mutant_pair, sizeof cm_mutant_pair, "%s=%s", name,                       \
                       getenv(name) ? getenv(name) : "");                                          \
        cm_mutant_pair;                                                                            \
    })
