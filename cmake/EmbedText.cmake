# claimferry_embed(<target> <namespace> <file>...): each text file becomes
#   namespace <namespace> { extern const std::string_view <stem>_<extension>; }
# in a generated header <folder of the caller>/<first folder>_embedded.hpp. Used for Lua and SQL, so that what runs is
# what stands in the tree, and editors and linters know the language.
function(claimferry_embed target header namespace)
  set(out_dir "${CMAKE_BINARY_DIR}/generated")
  set(inputs ${ARGN})
  list(TRANSFORM inputs PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  get_filename_component(stem "${header}" NAME_WE)
  get_filename_component(folder "${header}" DIRECTORY)
  set(source "${out_dir}/${folder}/${stem}.cpp")
  list(JOIN inputs "|" joined)
  add_custom_command(
    OUTPUT "${out_dir}/${header}" "${source}"
    COMMAND ${CMAKE_COMMAND} "-DHEADER=${out_dir}/${header}" "-DSOURCE=${source}" "-DINCLUDE=${header}"
            "-DNAMESPACE=${namespace}" "-DINPUTS=${joined}" -P "${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake"
    DEPENDS ${inputs} "${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}" "${out_dir}/${header}")
  target_include_directories(${target} PUBLIC "${out_dir}")
endfunction()
