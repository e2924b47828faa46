# Names the libraries: embedded_jwt::static, embedded_jwt::shared, and embedded_jwt::embedded_jwt,
# which is the static one unless BUILD_SHARED_LIBS is on. Included by the build and by the installed
# package, which say where the files are.
#
# EMBEDDED_JWT_INCLUDE, EMBEDDED_JWT_STATIC, EMBEDDED_JWT_SHARED and EMBEDDED_JWT_SONAME (empty if
# there is no shared library), EMBEDDED_JWT_DEFINITIONS, EMBEDDED_JWT_SYSTEM_LIBRARIES.

add_library(embedded_jwt::static STATIC IMPORTED GLOBAL)
set_target_properties(embedded_jwt::static PROPERTIES
    IMPORTED_LOCATION "${EMBEDDED_JWT_STATIC}"
    INTERFACE_INCLUDE_DIRECTORIES "${EMBEDDED_JWT_INCLUDE}"
    INTERFACE_COMPILE_DEFINITIONS "${EMBEDDED_JWT_DEFINITIONS}"
    INTERFACE_LINK_LIBRARIES "${EMBEDDED_JWT_SYSTEM_LIBRARIES}")

if(EMBEDDED_JWT_SHARED)
    add_library(embedded_jwt::shared SHARED IMPORTED GLOBAL)
    set_target_properties(embedded_jwt::shared PROPERTIES
        IMPORTED_LOCATION "${EMBEDDED_JWT_SHARED}"
        IMPORTED_SONAME "${EMBEDDED_JWT_SONAME}"
        INTERFACE_INCLUDE_DIRECTORIES "${EMBEDDED_JWT_INCLUDE}"
        INTERFACE_COMPILE_DEFINITIONS "${EMBEDDED_JWT_DEFINITIONS}")
endif()

add_library(embedded_jwt::embedded_jwt INTERFACE IMPORTED GLOBAL)
if(BUILD_SHARED_LIBS AND TARGET embedded_jwt::shared)
    target_link_libraries(embedded_jwt::embedded_jwt INTERFACE embedded_jwt::shared)
else()
    target_link_libraries(embedded_jwt::embedded_jwt INTERFACE embedded_jwt::static)
endif()
