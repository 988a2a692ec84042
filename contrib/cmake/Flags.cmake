# SPDX-License-Identifier: Apache-2.0
#
# Compiler and linker flags, as INTERFACE targets:
#   cm_flags          warnings, hardening, sanitizers, coverage: everything that is compiled here
#   cm_flags_exe      programs
#   cm_flags_module   modules that are loaded at run time
#   cm_engine         include root and definitions of the engine (with cm_flags)
# Each flag is tried first, because compilers differ: what one does not know is left out.

include(CheckCCompilerFlag)
include(CheckLinkerFlag)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

# cm_compile_flags(<target> <flag>...)
function(cm_compile_flags target)
    set(CMAKE_REQUIRED_FLAGS "-Werror")
    foreach(flag IN LISTS ARGN)
        string(MAKE_C_IDENTIFIER "CM_HAVE${flag}" known)
        check_c_compiler_flag("${flag}" ${known})
        if(${known})
            target_compile_options(${target} INTERFACE "${flag}")
        endif()
    endforeach()
endfunction()

# cm_link_flags(<target> <flag>...)
function(cm_link_flags target)
    foreach(flag IN LISTS ARGN)
        string(MAKE_C_IDENTIFIER "CM_HAVE${flag}" known)
        check_linker_flag(C "-Wl,--fatal-warnings,${flag}" ${known})
        if(${known})
            target_link_options(${target} INTERFACE "-Wl,${flag}")
        endif()
    endforeach()
endfunction()

add_library(cm_flags INTERFACE)
add_library(cm_flags_exe INTERFACE)
add_library(cm_flags_module INTERFACE)
add_library(cm_engine INTERFACE)

cm_compile_flags(cm_flags
    -Wall -Wextra -Wformat=2 -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
    -Wmissing-prototypes -Wcast-qual -Wcast-align -Wwrite-strings -Wundef -Wvla -Wpointer-arith
    -Wimplicit-fallthrough -Wnull-dereference -Werror=implicit
    -Werror=incompatible-pointer-types -Werror=int-conversion
    -Wlogical-op -Wduplicated-cond -Wtrampolines -Wbidi-chars=any -Walloc-zero)
if(CM_WERROR)
    target_compile_options(cm_flags INTERFACE -Werror)
endif()

cm_compile_flags(cm_flags
    -fstack-protector-strong -fstack-clash-protection -fstrict-flex-arrays=3)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    cm_compile_flags(cm_flags -mbranch-protection=standard)
else()
    cm_compile_flags(cm_flags -fcf-protection=full)
endif()
cm_link_flags(cm_flags -z,relro -z,now -z,noexecstack --as-needed)

# A program is never loaded as a module. (GNU ld keeps the mark for libraries alone; of a program the
# mark of a PIE says the same to glibc.)
cm_link_flags(cm_flags_exe -z,nodlopen)
cm_link_flags(cm_flags_module -z,nodelete)
if(NOT (CMAKE_C_COMPILER_ID MATCHES "Clang" AND (CM_SANITIZE OR CM_FUZZ)))
    # clang leaves the runtime of the sanitizer undefined in modules; the program has it.
    cm_link_flags(cm_flags_module -z,defs)
endif()

if(CM_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "CM_FUZZ needs clang: cmake --preset fuzz.")
    endif()
    if(NOT CM_SANITIZE)
        set(CM_SANITIZE "address,undefined")
    endif()
    target_compile_options(cm_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(CM_SANITIZE)
    target_compile_options(cm_flags INTERFACE
        "-fsanitize=${CM_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(cm_flags INTERFACE "-fsanitize=${CM_SANITIZE}")
elseif(CM_COVERAGE)
    target_compile_options(cm_flags INTERFACE --coverage)
    target_link_options(cm_flags INTERFACE --coverage)
elseif(CM_HARDEN)
    # Generators name a source by its whole path or from the build folder: no file says where it was.
    file(RELATIVE_PATH cm_way_to_source "${PROJECT_BINARY_DIR}" "${PROJECT_SOURCE_DIR}")
    # Not with sanitizers: fortified calls bypass them, and wrapping overflow hides from them.
    cm_compile_flags(cm_flags -fno-delete-null-pointer-checks -fno-strict-overflow)
    target_compile_options(cm_flags INTERFACE
        $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>
        $<$<CONFIG:Release>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=>
        $<$<CONFIG:Release>:-ffile-prefix-map=${cm_way_to_source}/=>)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        cm_compile_flags(cm_flags -ftrivial-auto-var-init=zero)
    endif()
endif()

target_link_libraries(cm_engine INTERFACE cm_flags)
target_include_directories(cm_engine INTERFACE
    "${PROJECT_SOURCE_DIR}/engine" "${PROJECT_SOURCE_DIR}/sdk/include")
target_compile_definitions(cm_engine INTERFACE
    _GNU_SOURCE
    CM_VERSION="${PROJECT_VERSION}"
    CM_REL_LIBDIR="${CM_REL_LIBDIR}"
    CM_REL_LIBEXECDIR="${CM_REL_LIBEXECDIR}"
    CM_DEFAULT_CONFIG="${CM_DEFAULT_CONFIG}")
