# Compiler, warnings, sanitizers. Presets choose among the options below; nothing else has to be remembered.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles C++20 coroutines: braced aggregates, '?:' and capturing lambdas "
    "in a statement with co_await become double frees, without a warning (gcc PR 107288 and kin).\n"
    "Use clang 19 (Debian: clang-19 lld-19); the presets do: cmake --preset dev")
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 17)
  message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} is too old: 17 or newer is needed, 19 is what is tested")
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set_property(GLOBAL PROPERTY USE_FOLDERS ON)

set(CLAIMFERRY_SANITIZE "" CACHE STRING "empty, 'address,undefined' or 'thread'")

find_program(CLAIMFERRY_CCACHE ccache)
if(CLAIMFERRY_CCACHE)
  # Precompiled headers hit the cache only with these (and with -fno-pch-timestamp below).
  set(ccache_launcher ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_NOHASHDIR=1
      ${CLAIMFERRY_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache_launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${ccache_launcher})
endif()

# Every target of ours links this; third-party headers come in as SYSTEM and stay quiet.
add_library(claimferry_flags INTERFACE)
target_compile_options(claimferry_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -fstack-protector-strong -D_FORTIFY_SOURCE=$<IF:$<CONFIG:Release>,2,0> -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(claimferry_flags INTERFACE
    "SHELL:-Xclang -fno-pch-timestamp" -Wno-gnu-zero-variadic-macro-arguments)
  find_program(CLAIMFERRY_LLD NAMES ld.lld-19 ld.lld)
  if(CLAIMFERRY_LLD)
    target_link_options(claimferry_flags INTERFACE "--ld-path=${CLAIMFERRY_LLD}")
  endif()
endif()
target_include_directories(claimferry_flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_definitions(claimferry_flags INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  $<$<NOT:$<CONFIG:Release>>:SIMDJSON_DEVELOPMENT_CHECKS=1>)
if(CLAIMFERRY_SANITIZE)
  target_compile_options(claimferry_flags INTERFACE -fsanitize=${CLAIMFERRY_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(claimferry_flags INTERFACE -fsanitize=${CLAIMFERRY_SANITIZE})
endif()
find_package(Threads REQUIRED)
target_link_libraries(claimferry_flags INTERFACE Threads::Threads)

# In debug builds: what worlds and parsers spend their time in is optimized, under the sanitizers, too (clang inlines
# from -O2 on only); what runs once and is large, such as command lines and tests, is optimized nowhere, and compiles in
# half the time.
if(CLAIMFERRY_SANITIZE)
  set(claimferry_hot_level -O1)
else()
  set(claimferry_hot_level -O2)
endif()
function(claimferry_hot target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:${claimferry_hot_level}>)
endfunction()
# Small sources that share their headers' templates, compiled five at a time: in half the time. OFF: each by itself, as
# clang-tidy wants them, and to hold every source to including what it uses.
option(CLAIMFERRY_UNITY "Compile small sources together" ON)
function(claimferry_together)
  if(CLAIMFERRY_UNITY)
    set_target_properties(${ARGN} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 5)
  endif()
endfunction()
function(claimferry_cold target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-O0>)
endfunction()
