# SPDX-License-Identifier: Apache-2.0
#
# Where things lie. The build tree mirrors the installed tree, so that a program finds its modules
# and helpers by one and the same path relative to its own file, installed or not.

# The manual says /etc, whatever the prefix.
set(CMAKE_INSTALL_SYSCONFDIR /etc CACHE PATH "Folder of the configuration")
include(GNUInstallDirs)

foreach(dir BINDIR LIBDIR LIBEXECDIR)
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${dir}}")
        message(FATAL_ERROR "CMAKE_INSTALL_${dir} is \"${CMAKE_INSTALL_${dir}}\". "
            "Give a path relative to CMAKE_INSTALL_PREFIX.")
    endif()
endforeach()

set(CM_INSTALL_LIBDIR "${CMAKE_INSTALL_LIBDIR}/countermark")
set(CM_INSTALL_PLUGINDIR "${CMAKE_INSTALL_LIBDIR}/countermark/plugins")
set(CM_INSTALL_LIBEXECDIR "${CMAKE_INSTALL_LIBEXECDIR}/countermark")

set(CM_BUILD_BINDIR "${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_BINDIR}")
set(CM_BUILD_LIBDIR "${PROJECT_BINARY_DIR}/${CM_INSTALL_LIBDIR}")
set(CM_BUILD_PLUGINDIR "${PROJECT_BINARY_DIR}/${CM_INSTALL_PLUGINDIR}")
set(CM_BUILD_LIBEXECDIR "${PROJECT_BINARY_DIR}/${CM_INSTALL_LIBEXECDIR}")

# From the folder of the programs to the others, for example "../lib/countermark".
file(RELATIVE_PATH CM_REL_LIBDIR "${CM_BUILD_BINDIR}" "${CM_BUILD_LIBDIR}")
file(RELATIVE_PATH CM_REL_LIBEXECDIR "${CM_BUILD_BINDIR}" "${CM_BUILD_LIBEXECDIR}")

set(CM_DEFAULT_CONFIG "${CMAKE_INSTALL_FULL_SYSCONFDIR}/countermark/countermark.conf")
