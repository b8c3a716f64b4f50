// HTTP requests and responses as plain values: no Beast here, so that whoever speaks HTTP compiles
// without it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/body.hpp"
#include "common/base/clock.hpp"
#include "common/base/failure.hpp"
#include "common/base/secret.hpp"

namespace claimferry::http {

enum class Method : std::uint8_t { get, post };

struct Request {
  Method method = Method::get;
  std::string url;  // absolute; sent byte for byte, never decoded and encoded again
  Secret
      authorization;  // the whole header value; empty: none. Goes to url's origin and nowhere else
  Secret form;        // post: application/x-www-form-urlencoded
  std::size_t body_bytes_max;
  Duration deadline;  // from asking for a connection to the last byte of the body
  // May be empty. Asked exactly once per write, on an open connection (TLS shaken) and immediately
  // before the first byte: what came up while we dialled still stops the request. The failure that
  // it answers is what send() answers; nothing was written then, so whoever gave it counts that
  // failure as never sent. It neither throws nor takes time.
  std::function<std::optional<Failure>()> last_look = {};
};

// Names are kept as sent; find() ignores case.
class Headers {
 public:
  void add(std::string name, std::string value) {
    items_.emplace_back(std::move(name), std::move(value));
  }
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  const std::vector<std::pair<std::string, std::string>>& items() const noexcept { return items_; }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

struct Response {
  unsigned status = 0;
  Headers headers;
  Body body;                     // decoded (gzip undone), padded for simdjson
  std::uint64_t wire_bytes = 0;  // as received, before gzip was undone
  Duration took = Duration::zero();
};

}  // namespace claimferry::http
