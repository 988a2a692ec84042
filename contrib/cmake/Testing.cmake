# SPDX-License-Identifier: Apache-2.0
#
# What the folders of tests/ call.

# cm_test_properties(<test> TIMEOUT <seconds> LABELS <label>...)
# What every test has in common; for tests registered with add_test() as well. The time is one after
# which a test hangs, also on a slow machine; sanitizers are given three times as much.
function(cm_test_properties name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "LABELS")
    # Those that may take long begin first: none is left alone at the end.
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" COST "${arg_TIMEOUT}"
        SKIP_RETURN_CODE 77)
    set(patience "${arg_TIMEOUT}")
    if(CM_SANITIZE)
        math(EXPR patience "3 * ${arg_TIMEOUT}")
        set(environment "ASAN_OPTIONS=exitcode=99:detect_leaks=1"
            "UBSAN_OPTIONS=exitcode=99:print_stacktrace=1"
            "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0")
        set_tests_properties(${name} PROPERTIES ENVIRONMENT "${environment}")
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT "${patience}")
endfunction()

# cm_add_unit_test(<name> SOURCES <file>... [LIBRARIES <library>...] [LABELS <label>...]
#     [WRAP <symbol>...])
# A cmocka program in <build>/tests. WRAP redirects calls of a symbol to __wrap_<symbol>. The
# program knows two folders: CM_FIXTURES_DIR (tests/fixtures) and CM_BUILD_DIR.
function(cm_add_unit_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES;LABELS;WRAP")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
        message(FATAL_ERROR "cm_add_unit_test(${name}): unclear: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE
        cm_engine cm_flags_exe ${arg_LIBRARIES} PkgConfig::cmocka)
    target_compile_definitions(${name} PRIVATE
        CM_FIXTURES_DIR="${PROJECT_SOURCE_DIR}/tests/fixtures"
        CM_BUILD_DIR="${PROJECT_BINARY_DIR}")
    foreach(symbol IN LISTS arg_WRAP)
        target_link_options(${name} PRIVATE "LINKER:--wrap=${symbol}")
    endforeach()
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
    add_test(NAME ${name} COMMAND ${name})
    cm_test_properties(${name} TIMEOUT 120 LABELS unit ${arg_LABELS})
endfunction()

# cm_add_fuzz_target(<name> SOURCES <file>... [LIBRARIES <library>...] CORPUS <folder>)
# A program in <build>/fuzz around one LLVMFuzzerTestOneInput(): with CM_FUZZ a libFuzzer, else one
# that replays inputs. Either way the test fuzz-replay-<name> replays the corpus.
function(cm_add_fuzz_target name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "CORPUS" "SOURCES;LIBRARIES")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES OR NOT arg_CORPUS)
        message(FATAL_ERROR "cm_add_fuzz_target(${name}): give SOURCES, LIBRARIES and CORPUS "
            "(${arg_UNPARSED_ARGUMENTS}).")
    endif()
    cmake_path(ABSOLUTE_PATH arg_CORPUS)
    if(NOT IS_DIRECTORY "${arg_CORPUS}")
        message(FATAL_ERROR "cm_add_fuzz_target(${name}): there is no corpus at ${arg_CORPUS}.")
    endif()

    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE cm_engine cm_flags_exe ${arg_LIBRARIES})
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
    if(NOT CM_FUZZ)
        target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/fuzz/standalone.c")
        set(arguments "")
    elseif(DEFINED ENV{LIB_FUZZING_ENGINE})
        target_link_libraries(${name} PRIVATE "$ENV{LIB_FUZZING_ENGINE}")
        set(arguments "")
    else()
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        set(arguments -runs=0)
    endif()
    add_test(NAME fuzz-replay-${name} COMMAND ${name} ${arguments} "${arg_CORPUS}")
    cm_test_properties(fuzz-replay-${name} TIMEOUT 120 LABELS fuzz)
endfunction()
