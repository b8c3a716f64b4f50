# claimferry_embed(<target> <header> <namespace> <file>...): each text file becomes
#   namespace <namespace> { extern const std::string_view <stem>_<extension>; }
# in a generated header (a path from the build's include root). Used for Lua and SQL, so that what runs is what stands
# in the tree, and editors and linters know the language.
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
  # A library of its own: a custom command serves only targets of the folder that declares it.
  string(MAKE_C_IDENTIFIER "${namespace}" embedded)
  add_library(${embedded} STATIC "${source}" "${out_dir}/${header}")
  target_include_directories(${embedded} PUBLIC "${out_dir}")
  target_link_libraries(${embedded} PRIVATE claimferry_flags)
  target_link_libraries(${target} PUBLIC ${embedded})
endfunction()
