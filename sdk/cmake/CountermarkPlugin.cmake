# SPDX-License-Identifier: Apache-2.0
#
# Building plug-ins for Countermark: find_package(countermark-sdk REQUIRED) gives these functions.

include_guard(GLOBAL)
include(GNUInstallDirs)

# countermark_add_plugin(<id> SOURCES <file>... [LIBRARIES <library>...] [NO_INSTALL])
#
# The plug-in <id>.so, installed to lib/countermark/plugins. It exports what the header makes it
# export and nothing else; a symbol that nobody defines is an error of the link, not of the load.
function(countermark_add_plugin id)
    cmake_parse_arguments(PARSE_ARGV 1 arg "NO_INSTALL" "" "SOURCES;LIBRARIES")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
        message(FATAL_ERROR "countermark_add_plugin(${id} SOURCES <file>... "
            "[LIBRARIES <library>...] [NO_INSTALL]): unclear: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    add_library(${id} MODULE ${arg_SOURCES})
    target_link_libraries(${id} PRIVATE countermark::sdk ${arg_LIBRARIES})
    target_link_options(${id} PRIVATE
        LINKER:-z,defs LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack LINKER:-z,nodelete
        "LINKER:--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.exports")
    set_target_properties(${id} PROPERTIES
        PREFIX "" SUFFIX ".so"
        C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    if(NOT arg_NO_INSTALL)
        install(TARGETS ${id} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/countermark/plugins")
    endif()
endfunction()

# countermark_add_static_plugin(<target> SOURCES <file>... [LIBRARIES <library>...])
#
# The same sources as a static library, for unit tests and fuzzers: the header then emits
# cmk_plugin_<id> instead of the exported entry and the ELF note. Built only when it is used.
function(countermark_add_static_plugin target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
        message(FATAL_ERROR "countermark_add_static_plugin(${target} SOURCES <file>... "
            "[LIBRARIES <library>...]): unclear: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    add_library(${target} STATIC EXCLUDE_FROM_ALL ${arg_SOURCES})
    target_link_libraries(${target} PUBLIC countermark::sdk ${arg_LIBRARIES})
    target_compile_definitions(${target} PRIVATE CMK_STATIC_PLUGIN)
    set_target_properties(${target} PROPERTIES
        POSITION_INDEPENDENT_CODE ON
        C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

# countermark_add_plugin_test(<name> SOURCES <file>... [LIBRARIES <library>...])
#
# A program of the plug-in's sources and its test's, with the host of countermark/testing.h, and the
# test <name> that runs it in the source folder.
function(countermark_add_plugin_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
        message(FATAL_ERROR "countermark_add_plugin_test(${name} SOURCES <file>... "
            "[LIBRARIES <library>...]): unclear: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE countermark::testing ${arg_LIBRARIES})
    target_compile_definitions(${name} PRIVATE CMK_STATIC_PLUGIN)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
endfunction()

# countermark_add_conformance_test(<plugin> SCRIPTS <file>... [ARGUMENTS <word>...])
#
# The test <plugin>-conformance: the plug-in <plugin>, as it was built, under countermark-conform,
# with the conversations that the scripts tell (see countermark-conform(1)). What it found is also in
# <plugin>-conformance.xml, as JUnit.
function(countermark_add_conformance_test plugin)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SCRIPTS;ARGUMENTS")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_SCRIPTS)
        message(FATAL_ERROR "countermark_add_conformance_test(${plugin} SCRIPTS <file>... "
            "[ARGUMENTS <word>...]): unclear: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    set(program "${countermark-sdk_CONFORM}")
    if(TARGET countermark-conform)
        set(program "$<TARGET_FILE:countermark-conform>")
    endif()
    add_test(NAME ${plugin}-conformance
        COMMAND "${program}" --junit "${CMAKE_CURRENT_BINARY_DIR}/${plugin}-conformance.xml"
            ${arg_ARGUMENTS} "$<TARGET_FILE:${plugin}>" ${arg_SCRIPTS}
        WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
endfunction()
