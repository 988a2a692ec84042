# SPDX-License-Identifier: Apache-2.0
#
# The libraries of the engine, its plug-ins and its tests. All that are missing are named at once.

find_package(PkgConfig)
find_package(OpenSSL 3.0)
find_package(ZLIB)

set(missing "")
if(NOT OPENSSL_FOUND)
    list(APPEND missing "OpenSSL >= 3.0")
endif()
if(NOT ZLIB_FOUND)
    list(APPEND missing "zlib")
endif()
if(NOT PKG_CONFIG_FOUND)
    list(APPEND missing "pkg-config")
endif()

# cm_pkg(<name> <pkg-config module and version>): gives the target PkgConfig::<name>
macro(cm_pkg name module)
    if(PKG_CONFIG_FOUND)
        pkg_check_modules(${name} IMPORTED_TARGET "${module}")
    endif()
    if(NOT ${name}_FOUND)
        list(APPEND missing "${module}")
    endif()
endmacro()

cm_pkg(jansson "jansson >= 2.10")
cm_pkg(libconfig "libconfig >= 1.5")
cm_pkg(libcurl "libcurl >= 7.84")
cm_pkg(libgit2 "libgit2 >= 1.5")
cm_pkg(yaml "yaml-0.1")
cm_pkg(libutf8proc "libutf8proc >= 2.1")
cm_pkg(p11kit "p11-kit-1 >= 0.23.21")
cm_pkg(libxml2 "libxml-2.0 >= 2.9.10")
if(BUILD_TESTING)
    cm_pkg(cmocka "cmocka >= 1.1.5")
endif()

if(missing)
    list(JOIN missing ", " missing)
    message(FATAL_ERROR "Missing: ${missing}. On Debian, contrib/setup installs all of them.")
endif()

# Every flavour of libcurl calls itself libcurl; only the library itself says which TLS it carries.
if(NOT CMAKE_CROSSCOMPILING AND NOT DEFINED CM_CURL_TLS)
    set(probe "${PROJECT_BINARY_DIR}/CMakeFiles/cm_curl_tls.c")
    file(WRITE "${probe}" "#include <curl/curl.h>
#include <stdio.h>
int main(void)
{
    const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return puts(tls ? tls : \"none\") < 0;
}
")
    try_run(ran built "${PROJECT_BINARY_DIR}" "${probe}"
        LINK_LIBRARIES PkgConfig::libcurl
        RUN_OUTPUT_VARIABLE tls)
    if(NOT built OR NOT ran EQUAL 0)
        message(FATAL_ERROR "libcurl was found, but a program that uses it does not build and run. "
            "On Debian, contrib/setup installs what is needed.")
    endif()
    string(STRIP "${tls}" tls)
    if(NOT tls MATCHES "^OpenSSL/")
        message(FATAL_ERROR "libcurl is here in its ${tls} flavour; Countermark needs the OpenSSL "
            "flavour. On Debian, contrib/setup --yes replaces it (libcurl4-openssl-dev).")
    endif()
    message(STATUS "TLS of libcurl: ${tls}")
    set(CM_CURL_TLS "${tls}" CACHE INTERNAL "TLS library of libcurl")
endif()
