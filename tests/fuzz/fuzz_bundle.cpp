// Any bytes as a page of the payer: rows, quarantined entries or a coded failure, and every view
// lies within what the page owns.
#include "common/claims/parse.hpp"
#include "tests/fuzz/input.hpp"

using namespace claimferry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  static claims::PageParser parser;
  for (const auto resource :
       {queue::Resource::eob, queue::Resource::coverage, queue::Resource::patient}) {
    const claims::ParseRequest request{resource, "p1", {"/meta/lastUpdated"}};
    auto page = parser.parse(http::Body(text), request);
    if (!page) {
      fuzz::promise(!page.failure().code.empty(), "a failure has a code");
      continue;
    }
    const std::string_view body = page->body.view();
    for (const claims::ResourceRow& row : page->resources) {
      fuzz::promise(row.raw.data() >= body.data() &&
                        row.raw.data() + row.raw.size() <= body.data() + body.size(),
                    "raw bytes are the page's own");
      fuzz::promise(!row.id.empty(), "a resource has an id");
    }
    for (const claims::QuarantinedEntry& entry : page->quarantined) {
      fuzz::promise(!entry.reason.empty(), "a quarantined entry has its reason");
    }
  }
  return 0;
}
