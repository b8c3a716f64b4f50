// Undoing gzip with the output's size bounded before a byte is written.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace claimferry::http {

// What the trailer says the content's size is (RFC 1952 §2.3.1, modulo 2^32); nothing when it is no
// gzip.
std::optional<std::size_t> gunzipped_size(std::string_view compressed) noexcept;
// Fills `out` exactly; false when the content is broken, of another size, or has more behind it.
bool gunzip(std::string_view compressed, char* out, std::size_t size) noexcept;

}  // namespace claimferry::http
