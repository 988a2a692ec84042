# SPDX-License-Identifier: Apache-2.0
#
# cmake -DMANIFEST=<build>/install_manifest.txt -P Uninstall.cmake
#
# Removes the files that the last installation from that build folder wrote, and the folders that
# are empty then. DESTDIR counts as it did then. Configuration, state and evidence are nobody's
# installation: they stay.

if(NOT EXISTS "${MANIFEST}")
    message(FATAL_ERROR "${MANIFEST} is not there: nothing was installed from this folder, or not "
        "by it. Without it nobody knows which files are Countermark's.")
endif()

file(STRINGS "${MANIFEST}" files)
set(folders "")
set(removed 0)
foreach(file IN LISTS files)
    set(path "$ENV{DESTDIR}${file}")
    if(EXISTS "${path}" OR IS_SYMLINK "${path}")
        file(REMOVE "${path}")
        if(EXISTS "${path}" OR IS_SYMLINK "${path}")
            message(FATAL_ERROR "${path} cannot be removed.")
        endif()
        math(EXPR removed "${removed} + 1")
    endif()
    cmake_path(GET path PARENT_PATH folder)
    list(APPEND folders "${folder}")
endforeach()

# A folder of ours has our name in it; those of the system stay, also when they are empty.
list(REMOVE_DUPLICATES folders)
while(folders)
    list(POP_BACK folders folder)
    file(GLOB inside LIST_DIRECTORIES true "${folder}/*" "${folder}/.*")
    if(folder MATCHES "/countermark" AND IS_DIRECTORY "${folder}" AND NOT inside)
        file(REMOVE_RECURSE "${folder}")
        cmake_path(GET folder PARENT_PATH folder)
        list(APPEND folders "${folder}")
    endif()
endwhile()
file(REMOVE "${MANIFEST}")
message(STATUS "Uninstalled: ${removed} files. /etc/countermark and state directories are as they were.")
