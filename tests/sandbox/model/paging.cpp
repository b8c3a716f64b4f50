#include "tests/sandbox/model/paging.hpp"

#include <charconv>

#include "common/base/digest.hpp"

namespace claimferry::sandbox {
namespace {

std::optional<std::size_t> parse_page(std::string_view text) {
  std::size_t page = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), page);
  const bool whole = ec == std::errc{} && end == text.data() + text.size();
  return whole && page > 0 ? std::optional(page) : std::nullopt;
}

std::string_view type_of(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Paging::Paging(const Site& site, const Modes& modes, const Target& request)
    : site_(site),
      modes_(modes),
      request_(request),
      other_parameters_(request.query_without("page", "_page_token")) {}

std::optional<std::size_t> Paging::requested() const {
  if (const Parameter* token = request_.find("_page_token")) {
    const std::string_view raw = token->raw;
    const std::size_t begin = raw.find("%2B");
    const std::size_t end = raw.find("%2F");
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + 3) {
      return std::nullopt;
    }
    const auto page = parse_page(raw.substr(begin + 3, end - begin - 3));
    // Byte for byte: a token that was decoded and encoded again is another token.
    return page && raw == opaque_token(*page) ? page : std::nullopt;
  }
  const Parameter* page = request_.find("page");
  return page == nullptr ? std::optional<std::size_t>(1) : parse_page(page->value);
}

std::string Paging::opaque_token(std::size_t page) const {
  const std::string page_text = std::to_string(page);
  const std::string seal = to_hex(sha256(other_parameters_ + "#" + page_text)).substr(0, 24);
  return "Cj%2B" + page_text + "%2F" + seal + "%3D%3D";
}

std::string Paging::query(std::size_t page) const {
  const std::string joint = other_parameters_.empty() ? "?" : "?" + other_parameters_ + "&";
  return joint + (modes_.next_link == NextLink::opaque ? "_page_token=" + opaque_token(page)
                                                       : "page=" + std::to_string(page));
}

std::string Paging::url(std::size_t page) const {
  const std::string type(type_of(request_.path));
  switch (modes_.next_link) {
    case NextLink::relative:
      return type + query(page);
    case NextLink::other_prefix:
      return site_.origin + std::string(prod_resource_base_path) + "/" + type + query(page);
    case NextLink::absolute:
    case NextLink::opaque:
      break;
  }
  return site_.resource_base() + "/" + type + query(page);
}

std::string Paging::foreign_url(std::size_t page) const {
  return site_.foreign_origin + request_.path + query(page);
}

void Paging::write_links(BundleWriter& bundle, std::size_t page, std::size_t pages) const {
  bundle.link("self", url(page));
  bundle.link("first", url(1));
  if (page > 1) {
    bundle.link("previous", url(page - 1));
  }
  if (page < pages) {
    bundle.link("next", modes_.foreign_next_host ? foreign_url(page + 1) : url(page + 1));
  }
  if (pages > 1) {
    bundle.link("last", url(pages));
  }
}

}  // namespace claimferry::sandbox
