// One search's pages: which there are, how links name them, and whether a request names one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tests/sandbox/model/bundle.hpp"
#include "tests/sandbox/model/settings.hpp"
#include "tests/sandbox/model/site.hpp"
#include "tests/sandbox/model/target.hpp"

namespace claimferry::sandbox {

class Paging {
 public:
  // The request is one page of a search; its other parameters go into every link.
  Paging(const Site& site, const Modes& modes, const Target& request);

  // The page asked for, from 1; nullopt: a page or token that this payer never gave out.
  std::optional<std::size_t> requested() const;
  // self, first, previous, next and last, as far as there are.
  void write_links(BundleWriter& bundle, std::size_t page, std::size_t pages) const;

 private:
  std::string url(std::size_t page) const;
  std::string foreign_url(std::size_t page) const;
  std::string query(std::size_t page) const;
  std::string opaque_token(std::size_t page) const;

  const Site& site_;
  const Modes& modes_;
  const Target& request_;
  std::string other_parameters_;
};

}  // namespace claimferry::sandbox
