#include "common/fhir/next_link.hpp"

#include <algorithm>

#include "common/base/limits.hpp"

namespace claimferry::fhir {
namespace {

// The five parts of RFC 3986 appendix B, less the fragment, which is never sent. Own code, because
// payers put characters into queries that the grammar forbids ('|') and that must go back as they
// came.
struct Reference {
  std::string_view scheme;
  std::string_view authority;
  bool has_authority = false;
  std::string_view path;
  std::string_view query;  // with its '?'
};

bool is_scheme(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
  });
}

Reference split(std::string_view text) {
  Reference parts;
  text = text.substr(0, text.find('#'));
  const auto question = text.find('?');
  if (question != std::string_view::npos) {
    parts.query = text.substr(question);
    text = text.substr(0, question);
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && is_scheme(text.substr(0, colon))) {
    parts.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const auto slash = std::min(text.find('/'), text.size());
    parts.has_authority = true;
    parts.authority = text.substr(0, slash);
    text.remove_prefix(slash);
  }
  parts.path = text;
  return parts;
}

// RFC 3986 §5.2.4, by segments.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_in_slash = false;
  for (std::size_t at = 0; at <= path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    const auto segment = path.substr(at, slash - at);
    ends_in_slash = slash < path.size() || segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) {
        kept.pop_back();
      }
    } else if (segment != "." && at > 0) {
      kept.push_back(segment);
    }
    at = slash + 1;
  }
  std::string result;
  for (const auto segment : kept) {
    result += '/';
    result += segment;
  }
  if (ends_in_slash && !result.ends_with('/')) {
    result += '/';
  }
  return result.empty() ? "/" : result;
}

// RFC 3986 §5.2.2 and §5.2.3.
std::string resolved_path(const Reference& base, const Reference& link) {
  if (link.has_authority || link.path.starts_with('/')) {
    return without_dot_segments(link.path);
  }
  if (link.path.empty()) {
    return std::string(base.path);
  }
  const auto folder = base.path.substr(0, base.path.rfind('/') + 1);
  return without_dot_segments(std::string(folder) + std::string(link.path));
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

// Scheme and host without case, without the scheme's own port (RFC 3986 §6.2.2.1, §6.2.3).
std::string origin_of(std::string_view scheme, std::string_view authority) {
  std::string origin = lower(scheme) + "://" + lower(authority);
  const std::string_view own_port = origin.starts_with("https:") ? ":443" : ":80";
  if (origin.ends_with(own_port)) {
    origin.resize(origin.size() - own_port.size());
  }
  return origin;
}

std::string normalized_origin(const std::string& origin) {
  const Reference parts = split(origin);
  return origin_of(parts.scheme, parts.authority);
}

// What no request line may carry; and '\', which some parsers take for '/'.
bool has_forbidden_character(std::string_view link) {
  return std::ranges::any_of(link, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte >= 0x7f || c == '\\' || c == '"' || c == '<' || c == '>';
  });
}

// A path that a server might fold into another one behind our prefix check.
bool hides_dots(const std::string& path) {
  const std::string folded = lower(path);
  return folded.find("%2e") != std::string::npos || folded.find("%2f") != std::string::npos ||
         folded.find("%5c") != std::string::npos;
}

void rewrite(std::string& path, const LinkPolicy& policy) {
  for (const auto& [from, to] : policy.path_rewrites) {
    if (path.starts_with(from)) {
      path.replace(0, from.size(), to);
      return;
    }
  }
}

// Where a refused link leads, in words that are safe in a log: a payer may put anything into an
// authority, credentials and names included.
std::string described(std::string_view scheme, std::string_view authority) {
  constexpr std::size_t host_bytes_max = 64;
  const std::string host = lower(authority.substr(0, authority.find(':')));
  const bool is_plain =
      !host.empty() && host.size() <= host_bytes_max &&
      authority.find('@') == std::string_view::npos &&
      host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
  const std::string known = lower(scheme);
  const bool is_http = known == "http" || known == "https";
  return is_plain && is_http ? known + "://" + host : "another host";
}

Failure refuse(std::string code, std::string detail) {
  return {FailureKind::permanent, std::move(code), std::move(detail)};
}

}  // namespace

Result<std::string> resolve_next(std::string_view request_url, std::string_view link,
                                 const LinkPolicy& policy) {
  if (link.size() > limits::url_bytes_max) {
    return refuse("next_link_too_long", "the payer's next link is longer than " +
                                            std::to_string(limits::url_bytes_max) + " bytes");
  }
  if (link.empty() || has_forbidden_character(link)) {
    return refuse("next_link_invalid",
                  "the payer's next link is empty or holds characters that no URL may hold");
  }
  const Reference base = split(request_url);
  const Reference reference = split(link);
  if (!reference.scheme.empty() && !reference.has_authority) {
    return refuse("next_link_invalid", "the payer's next link names a scheme but no host");
  }
  const auto scheme = reference.scheme.empty() ? base.scheme : reference.scheme;
  const auto authority = reference.has_authority ? reference.authority : base.authority;
  const std::string origin = origin_of(scheme, authority);
  if (std::ranges::none_of(policy.allowed_origins, [&](const std::string& allowed) {
        return normalized_origin(allowed) == origin;
      })) {
    return refuse("next_link_foreign_host",
                  "the payer's next link leaves for " + described(scheme, authority) +
                      "; if that host is the payer's, add it to allow_hosts");
  }
  std::string path = resolved_path(base, reference);
  rewrite(path, policy);
  if (hides_dots(path) ||
      std::ranges::none_of(policy.allowed_path_prefixes,
                           [&](const std::string& p) { return path.starts_with(p); })) {
    return refuse("next_link_foreign_path",
                  "the payer's next link leaves the allowed paths; see allow_path_prefixes and "
                  "next_rewrite");
  }
  const bool same_document =
      reference.path.empty() && reference.query.empty() && !reference.has_authority;
  const auto query = same_document ? base.query : reference.query;
  return origin + path + std::string(query);
}

}  // namespace claimferry::fhir
