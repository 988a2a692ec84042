// SPDX-License-Identifier: Apache-2.0
//
// A connector in C++17, where tables are filled in without the names of members.
#include <countermark/plugin.h>

#include <cstring>
#include <string>
#include <vector>

namespace {

const cmk_option options[] = {
    {"url", CMK_URL, CMK_OF_SYSTEM, CMK_REQUIRED, 0, nullptr, 0, 0, nullptr, "its address", {}},
    {"build", CMK_TEXT, CMK_OF_SUBMISSION, 0, 0, nullptr, 0, 0, nullptr, "number of the build", {}},
    {},
};

const char *const keep[] = {"result", nullptr};

std::int32_t collect_origin(cmk_call *c, const cmk_collect *k)
{
    const char *const path[] = {"builds", cmk_text(c, c->options, "build")};
    cmk_http_request ask{};
    ask.size = sizeof ask;
    ask.url = c->base->url(c, cmk_text(c, c->options, "url"), path, 2);
    k->record->exchange(c, "build", k->http->start(c, &ask), keep);
    return CMK_HAS(c->base, status) ? c->base->status(c) : CMK_E_UNSUPPORTED;
}

std::int32_t state_origin(cmk_call *c, const cmk_statement *s)
{
    s->origin(c, "build", cmk_text(c, c->options, "build"), "build", "result");
    return c->base->status(c);
}

std::int32_t succeeded(cmk_call *c, const cmk_exam *x)
{
    const char *result = cmk_text(c, x->evidence->document(c, "build"), "result");
    cmk_observe(c, x, "%s", result != nullptr ? result : "none");
    if (result == nullptr)
        return CMK_UNKNOWN;
    std::vector<std::string> good; // a template of the library, which is nobody's business
    good.emplace_back("success");
    return cmk_passes(good.front() == result);
}

const cmk_check checks[] = {
    {"succeeded", "Did it end well?", "success", "Submit another.", 0, 0, succeeded, {}},
    {},
};

const cmk_connector connector = {sizeof connector, 0,       nullptr,        nullptr,
                                 nullptr,          nullptr, collect_origin, state_origin,
                                 checks};

} // namespace

CMK_PLUGIN(stranger, "1.0", "a connector in C++", options, &connector, nullptr, nullptr)
