// HTML as the payer sends it: escaped text, and headers that keep a page out of caches, frames and
// referrers.
#pragma once

#include <string>
#include <string_view>

#include "tests/sandbox/model/payer_request.hpp"

namespace claimferry::sandbox {

// For text and for values of quoted attributes.
std::string escape_html(std::string_view text);
// A whole document around the content of its body, which is markup.
std::string html_document(std::string_view title, std::string_view content);
Answer html_answer(unsigned status, std::string body);

}  // namespace claimferry::sandbox
