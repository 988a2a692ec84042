# SPDX-License-Identifier: Apache-2.0
"""Guards that no row of the attack suite can kill, each with its reason.

With a unit test the guard is a mutant all the same, and that test has to kill it. Without one it is
no mutant. A `*` in a name stands for any text; an exception that fits no guard is an error.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass
class Exemption:
    name: str
    reason: str
    unit: str = ""
    used: bool = False


MEMORY = "there is no memory"
PLATFORM = "the platform does not do what it has to"
SAID = "it has failed already; this only says why"
ASKED = "no connector asks so; the host of plug-ins and the configuration stand in front of it"
HELPER = "only a helper that lies says so, and ours does not"
OLD = "the old servers of the suite are honest"
MIRROR = "a row has no mirror of another run, nor another run beside it"
OWNER = "only root can make a file of somebody else"


def several(reason, *names, unit=""):
    return [Exemption(name, reason, unit) for name in names]


EXCEPTIONS = [
    # ---- no memory; test_*_nomem and tests of the floors are about that
    *several(MEMORY, "*no-memory*", "*no_memory*", "*not-enough-memory*"),
    *several(
        MEMORY,
        "net/hop.c:cm_headers_add:if-longer", "net/hop.c:add_fields:if-line-*",
        "net/hop.c:add_fields:if-job-post-*", "net/hop.c:set_url:if-ok",
        "net/job.c:job_new:if-job*", "net/job.c:cm_net_http:if-job",
        "net/job.c:cm_job_aim:if-where", "net/net.c:copy_settings:if-net-arena",
        "net/timer.c:add_timer:if-timer", "net/watch.c:cm_net_watch:if-*",
        "trust/complain.c:make_room:if-at-null", "trust/model.c:cm_trust_new:if-trust-null",
        "trust/config_proxy.c:cm_take_proxy:if-proxy-null-*",
        "trust/config_timestamp.c:cm_take_timestamp:if-stamp-null-*",
        "trust/effective.c:add_repository:if-fold-*", "trust/reader_value.c:take_setting:if-json-*",
        "trust/url_form.c:repository_path:if-copy-null", "trust/url_form.c:join:if-origin-null",
        "trust/url_form.c:cm_url_encode:if-size-*",
        "git/client.c:cm_git_request:if-url", "git/client.c:copy_texts:if-copy-i",
        "git/client.c:copy_peer:if-copy", "git/client.c:cm_git_open:if-*",
        "git/client.c:cm_git_commit:if-*", "git/client.c:cm_git_on_branches:if-reach-patterns",
        "git/client_fetch.c:cm_git_fetch*:if-fetch", "git/client_carry.c:cm_git_carry:if-fetch",
        "git/client_object.c:cm_git_object:if-object", "git/client_path.c:shown_of:if-shown*",
        "git/client_path.c:cm_git_path:if-path*", "git/client_whole.c:cm_git_whole_add:if-*",
        "git/proof.c:cm_git_proof_new:if-proof", "git/client_file.c:cm_git_file*:if-file*",
        "git/client_submodules.c:cm_git_submodules:if-*",
        "git/client_listing.c:cm_git_listing_of:if-listing", "git/refs.c:cm_git_add_ref:if-ref",
        "git/helper/beside.c:cm_helper_beside_new:if-beside",
        "git/helper/graph.c:cm_helper_graph_new:if-graph", "git/helper/graph.c:add_entry:if-*"),

    # ---- not a guard
    *several(
        SAID, "net/failure.c:*", "net/loop.c:name_reason:*", "git/client.c:cm_git_cancelled:*",
        "git/client_path.c:out_of_place:*", "git/client_update.c:begin:somebody-else-has-been*",
                "git/client_whole.c:try_to_use:others-use-it", "git/reply.c:take_error:cm_fail",
        "git/helper/main.c:usage:*",
        "git/worker_process.c:judge:cannot-be-run", "git/worker_process.c:cm_git_process_ended:*",
        "git/v0_refs.c:refuse_id:*", "git/client_update.c:cm_git_update_lacks:*", "net/proxy.c:judge_status:the-proxy-refuses-to-connect-to",
        "trust/url.c:read_scheme:the-url-is-neither*", "net/guard.c:before_request:connected*",
        "net/receive.c:feed_sink:the-answer-was-not-wanted",
        "net/outcome.c:try_again_or_end:tried-times"),
    *several("there is nothing to free", "trust/model.c:cm_trust_free:if-trust-null"),

    # ---- what the platform may fail to do
    *several(
        PLATFORM, "net/proxy.c:read_url:this-libcurl-*", "net/hop.c:cm_hop_start:*", "net/loop.c:perform:*", "net/net.c:cm_net_open:*",
        "net/watch.c:cm_watch_await:*", "net/receive.c:open_target:*",
        "net/receive.c:take_line:no-status", "net/receive.c:cm_receive_end:sha-256-failed",
        "net/receive.c:cm_receive_end:the-artifact-s-file-*", "git/worker.c:put_piece:*",
        "git/worker.c:write_some:*", "git/worker.c:watch:*",
        "git/worker_process.c:make_pipe:*", "git/worker_process.c:cm_git_process_start:cannot-*",
        "git/mirror.c:absolute:the-working-directory-*", "git/mirror.c:make_folder:cannot-make",
        "git/mirror.c:begin_update:cannot-make-a-folder-in",
        "git/proof.c:cm_git_proof_step:sha-1-is-not-available", "git/helper/confine.c:*",
        "git/helper/input.c:cm_helper_line:the-question-cannot-be-read",
        "git/helper/main.c:carry:nobody-takes-the-request", "git/helper/beside.c:begin:if-*",
        "git/helper/store.c:begin_libgit2:*", "git/helper/store.c:cm_helper_store_*",
        "git/helper/store.c:cm_helper_index:*",
        "git/helper/remote.c:forget_config:*", "git/helper/remote.c:open_place:a-repository-*",
        "git/helper/remote.c:add_packs:*-2", "git/helper/remote.c:move:*",
        "git/helper/remote.c:find_pack:*", "git/helper/remote_transport.c:act:*",
        "git/helper/walk.c:meet_parents:*", "git/helper/walk.c:visit_stored:a-commit-cannot-be-read",
        "trust/secret.c:judge:cm_fail_errno",
        "base/fd_guard.c:judge_fd:*", "base/fd_guard.c:step_down:*", "base/fd_guard.c:walk:cm_fail_errno",
        "base/fd_guard.c:open_last:cm_fail_errno"),
    *several("libcurl hands on no body without a head, nor ends an answer inside one",
             "net/receive.c:take_body:a-body-before-its-head",
             "net/receive.c:cm_receive_end:the-answer-has-no-end-of"),

    # ---- another guard stands in front of it
    *several("cm_url_resolve() and cm_url_parse() read the same URL, one behind the other",
             "net/outcome.c:follow:redirected-to-something-that-is-no",
             "net/outcome.c:read_location:redirected-to-something-that-is-no"),
    *several("the whole is found to be too long as well, when it is read",
             "trust/url_form.c:cm_url_resolve:the-redirect-is-longer-than-bytes"),
    *several("what has been said is looked at again when the answer has ended",
             "net/receive.c:end_of_head:if-is-uncoded-job"),
    *several("the bytes are counted as they come, too", "net/receive.c:end_of_head:too_large"),
    *several("who waits inside a callback gets no answer either, only later",
             "net/loop.c:run:if-net-turning"),
    *several("refuse() asks first whether it is said", "trust/config_keys.c:take_place:passphrase-file",
             "trust/config_keys.c:take_place:module-uri", "trust/config_keys.c:take_place:pin-uri"),
    *several("no row signs: what its configuration says of keys, stamps and names is read here",
             "trust/config_keys.c:check_*", "trust/config_keys.c:read_form:*",
             "trust/config_keys.c:take_place:leave-*", "trust/config_timestamp.c:*",
             "trust/config_policy.c:read_attest_once:*", "trust/config_policy.c:read_origin_none:*",
             "trust/config_policy.c:read_system:*", "trust/config_policy.c:check_system_only:*",
             "trust/config_project.c:is_system_only:*", "trust/config_artifact.c:check_resource:*",
             "trust/url.c:cm_uri_check:*", unit="test_config_complaints"),
    *several("no row signs, and none names a resource", "trust/resource.c:*", unit="test_resource"),
    *several("no row signs in a form", "trust/form.c:cm_form_content_check:has-no-place-*",
             unit="test_config_complaints"),
    *several("no row signs in a form", "trust/form.c:*", unit="test_form"),
    *several("what is withheld here is withheld by the log and the report, too",
             "net/job.c:keep_secrets:*", unit="test_http_trust"),
    *several("the complaint stands already, and refuses the configuration",
             "trust/reader_value.c:take_text:if-cm-take-checked-*",
             "trust/spoken.c:take:if-text-null-*",
             "trust/config_system.c:read_ca:if-cm-take-checked-*"),
    *several("the command line says so before, and looks at the complaints after",
             "trust/spoken.c:is_sound:is-empty", "trust/spoken.c:take_system:connector-*", "trust/spoken.c:take_policy:submitter-*",
             "trust/spoken.c:cm_trust_spoken:if-complaints-*", unit="test_spoken"),
    *several("on a ref that is not listed no commit is found either",
             "git/client_reach.c:choose_refs:the-repository-has-no", unit="test_git_client"),
    *several("a name without a value is what a syntax error leaves, and that refuses the file",
             "trust/reader_value.c:take_setting:if-config-setting-type-*"),
    *several("an address of no family is in no network",
             "trust/address.c:cm_address_listed:if-take-address-address-one"),
    *several("what is no commit or ref by its name fails, whatever is asked",
             "git/client.c:check_names:*", unit="test_git_client"),
    *several("the refs that were asked for are looked through, too",
             "git/client_listing.c:covers_all:*", unit="test_git_client"),
    *several("what is longer is cut, and of such a name there is nothing",
             "git/mirror.c:absolute:the-folder-s-name-*",
             "git/mirror.c:read_manifest:the-folder-s-name-*",
             "git/mirror.c:move_file:the-folder-s-name-*",
             "git/mirror_manifest.c:manifest_path:the-folder-s-name-*",
             "git/mirror_trim.c:remove_mirror:if-join-*",
             "git/mirror_trim.c:remove_mirror:if-size-*"),
    *several("what is no JSON has no format either",
             "git/mirror_manifest.c:cm_mirror_manifest_read:cm_fail-2"),
    *several("what cannot be appended cannot be ended",
             "git/helper/store.c:append_all:the-pack-cannot-be-indexed"),
    *several("a packet is read again when it is whole",
             "git/pkt_stream.c:needs:a-packet-has-no-size-that"),
    *several("cm_ref_is_valid() refuses it as well", "git/v2_request.c:cm_git_prefix_is_valid:*"),
    *several("what is missing in a reply is missed by the next step",
             "git/reply.c:take_finding:if-take-word-*", "git/reply.c:take_walk:if-take-finding-*",
             "git/reply.c:read_line:if-take-kind-*", "git/reply.c:cm_git_reader_feed:broken"),
    *several("what has no head has no content either",
             "git/helper/tell.c:cm_helper_tell_object:the-object-cannot-be-read"),
    *several("git gives it, or says no itself", "git/client_fetch.c:can_ask:the-server-does-not-*"),
    *several("nothing is found in what is not there yet, and then all of it is asked for",
             "git/client_reach.c:at_recent:if-reach-recent-*"),
    *several("those who asked for it make no \"no\" of it either",
             "git/client_object.c:on_told:the-server-does-not-*"),
    *several("the same list is read again, and refused then",
             "git/client_session.c:check_offers:if-session-old-session-is-list"),
    *several("libgit2 comes to an end before that",
             "git/client_carry.c:begin_request:the-server-and-libgit2-*"),
    *several("a value of the configuration is not empty, and neither is a redirect",
             "trust/url.c:check_bytes:is-empty", unit="test_url"),
    *several("the file is read no further than that",
             "trust/guard.c:cm_guard_scan:the-file-is-larger-than-1", unit="test_config_guard"),
    *several("a folder's and a credential's name are too short for that",
             "trust/secret.c:read_credential:credential-the-path-is-too-long"),
    *several("the file is read no further than that",
             "trust/secret.c:cm_secret_read:larger-than-bytes", unit="test_secret"),
    *several("nobody reads a thousand complaints",
             "trust/complain.c:make_room:if-complaints-arena-*", unit="test_config_complaints"),
    *several("refs are shorter, and names that are matched are there",
             "trust/pattern.c:cm_pattern_matches:*", unit="test_pattern"),
    *several("proxies.py plays what goes through a proxy, this suite goes without one",
             "net/proxy.c:*", "trust/proxy.c:cm_proxy_may_carry:refused-to-send-http-*",
             unit="test_proxy"),
    *several(OWNER, "trust/secret.c:judge:belongs-to-user-it-must-be", unit="test_secret"),
    *several(OWNER, "base/fd_guard.c:judge:owned-by-user-neither-root-nor", unit="test_guard"),
    *several("plug-ins lie in files, and files are opened guarded",
             "base/fd_guard.c:cm_folder_is_guarded:if-last", unit="test_guard"),
    *several(ASKED, "net/ask.c:cm_pin_copy:*", "net/outcome.c:may_follow:a-post-*",
             unit="test_http_trust"),
    *several(ASKED, "net/ask.c:is_header_value:*", "net/ask.c:copy_fields:header-*",
             "net/ask.c:copy_fields:the-header-*", "net/ask.c:copy_credential:*",
             "net/ask.c:copy_query:*", "net/ask.c:copy_wishes:*", unit="test_http"),
    *several("a server that gives out nothing is asked once more, and gives out nothing",
             "git/client_fetch.c:cm_git_fetch_may_go_unfiltered:*", unit="test_git_client"),
    *several("what is asked for is short", "git/client_fetch.c:send:the-question-is-too-long",
             "git/client_listing.c:begin_new:the-question-for-refs-is-too",
             "git/client_carry.c:cm_git_carry:the-question-*",
             "git/worker.c:fill_out:the-question-*"),
    *several("the configuration has read the patterns",
             "git/client_reach.c:choose_listing:is-no-pattern-of-branches", unit="test_git_client"),
    *several("the configuration has read the patterns",
             "git/client_listing.c:check_prefixes:begins-no-name-of-a-branch",
             unit="test_git_client"),
    *several("the connector asks for two files of fixed names",
             "git/client_file.c:check_path:is-no-path-of-a-file", unit="test_git_client"),
    *several("types of objects are short", "git/object.c:cm_git_hash:*", unit="test_git_object"),
    *several("it would fail at the same packet once more",
             "git/v2_fetch.c:cm_git_fetch_answer_feed:*"),

    # ---- submodules
    *several("no row attests, and only who attests asks for submodules",
             "git/modules.c:*", "git/modules_url.c:*", unit="test_git_modules"),
    *several("no row attests, and only who attests asks for submodules",
             "git/client_submodules.c:*", "git/client_file.c:follow_link:*",
             unit="test_git_submodules"),

    # ---- old servers: none plays in this suite
    *several(OLD, "git/v0_refs.c:*", unit="test_git_v0"),
    *several(OLD, "git/helper/remote.c:*", "git/helper/remote_transport.c:*",
             unit="test_helper_remote_faults"),

    # ---- mirrors: no row plays with one that was there before
    *several(MIRROR, "git/mirror.c:cm_mirror_set_aside:*", unit="test_git_mirror_damage"),
    *several(MIRROR, "git/mirror.c:*", "git/mirror_lock.c:*", unit="test_git_mirror"),
    *several(MIRROR, "git/mirror_manifest.c:*", unit="test_git_mirror_damage"),
    *several(MIRROR, "git/mirror_trim.c:*", unit="test_git_mirror_trim"),
    *several(MIRROR, "git/client_reach.c:at_kept:*", "git/client_whole.c:cm_git_whole_wait:*",
             unit="test_git_kept"),

    # ---- the helper: what it says is not believed, and it believes nobody
    *several(HELPER, "git/reply.c:*:broken*", "git/reply.c:*:if-*",
             "git/reply.c:cm_git_item_is:the-object-that-*", unit="test_git_reply"),
    *several(HELPER, "git/worker.c:on_item:*", "git/worker.c:on_exit_of:*",
             "git/worker.c:cm_git_worker_ask:*", "git/worker_process.c:judge:*",
             unit="test_git_worker"),
    *several(HELPER, "git/reply.c:next_item:the-helper-says-more-*",
             "git/client_fetch.c:cm_git_fetch_on_*", "git/client_fetch.c:cm_git_fetch_end:*",
             "git/client_path.c:on_walk:*", "git/client_path.c:is_complete:*",
             "git/client_update.c:*:the-helper-s-walk-*", "git/client_whole.c:missing_one:*",
             unit="test_git_faults"),
    *several(HELPER, "git/proof.c:cm_git_proof_step:the-path-to-the-commit-is",
             unit="test_git_proof"),
    *several("the path is held against the tip by the check as well",
             "git/client_path.c:on_commit:the-path-does-not-begin-at"),
    *several("whether a path begins at a tip that was asked for is looked at, too",
             "git/client_path.c:is_same:if-shown-count-count"),
    *several("the suite asks for paths from one set of tips",
             "git/client_path.c:is_same:if-strcmp-*", unit="test_git_faults"),
    *several("with a history there is its helper, and an old server gives nothing else",
             "git/client_object.c:ask_whole:*", unit="test_git_faults"),
    *several("what is no list of a newer server is read as one of an old server",
             "git/v2_advertisement.c:skip_preface:the-server-s-service-*",
             "git/v2_advertisement.c:cm_git_advertisement_parse:no-advertisement-*",
             unit="test_git_v2"),
    *several("ten million commits take too long to make",
             "git/proof.c:add:the-path-has-more-than-commits"),
    *several("the programs of this suite are there, and so are its folders",
             "git/worker.c:ask_for_folder:a-line-feed-*",
             unit="test_git_worker"),
    *several("the programs of this suite are there", "git/client_object.c:begin:if-worker",
             unit="test_git_faults"),
    *several("the helper has been started before, and then it can be started again",
             "git/client_object.c:begin_again:if-worker"),
    *several("what was read once is read again", "git/helper/tell.c:tell_commit:*",
             "git/helper/tell.c:cm_helper_tell_object:the-object-cannot-be-read-2"),
    *several("what a graph does not know is read from the store",
             "git/helper/graph.c:cm_helper_graph_find:if-slot-0", unit="test_helper_graph"),
    *several("the suite asks one helper about one set of tips",
             "git/helper/walk.c:cm_helper_walk_is_of:*", unit="test_helper_walk.py"),
    *several("the module names a helper, and asks it with few words",
             "git/worker_process.c:cm_git_process_start:no-helper-program-*",
             "git/worker_process.c:cm_git_process_start:the-helper-is-asked-*",
             unit="test_git_worker"),
    *several("only the client asks the helper", "git/helper/main.c:read_ids:*",
             "git/helper/main.c:split:*", "git/helper/main.c:converse:*",
             "git/helper/input.c:cm_helper_line:the-question-has-*",
             unit="test_helper_bounds.py"),
    *several("only the client hands packs over, and it does so in order",
             "git/helper/input.c:*", unit="test_helper_bounds.py"),
    *several("a mirror has fewer, and an update brings one",
             "git/helper/main.c:open_pack:more-than-packs", unit="test_helper_walk.py"),
    *several("ten million commits take too long to make",
             "git/helper/walk.c:meet:the-history-has-more-than-commits"),
]


def of(guard):
    """The first exception that fits; None."""
    found = next((e for e in EXCEPTIONS if fnmatchcase(guard.name, e.name)), None)
    if found:
        found.used = True
    return found


def unused():
    return [e.name for e in EXCEPTIONS if not e.used]
