#include "tests/bench/sink_load.hpp"

#include <chrono>
#include <stdexcept>

#include "common/claims/parse.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/sandbox/fhir/generate.hpp"
#include "tests/sandbox/model/bundle.hpp"

namespace claimferry::bench {
namespace {

std::string member_name(unsigned member) {
  return "M" + std::to_string(member);
}

// A member's claims of one page.
struct Page {
  std::string body;
  std::string patient_id;
  StoredPage stored;
};

Page page_of(const SinkLoad& load, unsigned member, unsigned number) {
  sandbox::GenerateRequest request;
  request.seed = 1;
  request.member_index = member;
  request.eobs = load.pages * load.eobs;
  request.today = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
  sandbox::BundleWriter bundle(load.eobs);
  Page page;
  page.stored.member = member_name(member);
  for (unsigned at = number * load.eobs; at < (number + 1) * load.eobs; ++at) {
    const sandbox::GeneratedResource eob = sandbox::generate_eob(request, at, 0);
    bundle.entry("https://payer.example/ExplanationOfBenefit/" + eob.id, eob.json);
    page.stored.ids.push_back(eob.id);
    if (page.patient_id.empty()) {
      const std::string reference = "\"Patient/";
      const auto begin = eob.json.find(reference) + reference.size();
      page.patient_id = eob.json.substr(begin, eob.json.find('"', begin) - begin);
    }
  }
  page.body = std::move(bundle).finish();
  return page;
}

claims::PageCommit commit_of(claims::PageParser& parser, const Page& page, unsigned number) {
  auto parsed = parser.parse(http::Body(page.body), {queue::Resource::eob, page.patient_id, {}});
  if (!parsed || parsed->resources.size() != page.stored.ids.size()) {
    throw std::runtime_error("a page is no page");
  }
  queue::Cursor after;
  after.resource = queue::Resource::eob;
  after.pages = number + 1;
  after.next_url = "https://payer.example/next";
  const claims::SyncKey key{*PayerName::parse("aetna"),
                            {*JobId::parse("j1"), *MemberId::parse(page.stored.member), Fence{1}}};
  return {key, queue::Resource::eob, false, WallTime(), std::move(*parsed), after};
}

}  // namespace

double store(boost::asio::io_context& io, claims::ClaimSink& sink, const SinkLoad& load,
             const GroupTold& tell) {
  using Clock = std::chrono::steady_clock;
  claims::PageParser parser;
  std::chrono::duration<double> took{};
  for (unsigned number = 0; number < load.pages; ++number) {
    for (unsigned first = 0; first < load.members; first += load.at_once) {
      std::vector<StoredPage> stored;
      std::vector<awaitable<Result<claims::CommitReport>>> commits;
      const unsigned end = std::min(load.members, first + load.at_once);
      for (unsigned member = first; member < end; ++member) {
        Page page = page_of(load, member, number);
        commits.push_back(sink.commit(commit_of(parser, page, number)));
        stored.push_back(std::move(page.stored));
      }
      const auto begun = Clock::now();
      for (const auto& report : contract::run_together(io, std::move(commits))) {
        if (!report || report->inserted != load.eobs) {
          throw std::runtime_error("a page was not stored as new: " +
                                   (report ? std::string() : report.failure().detail));
        }
      }
      took += Clock::now() - begun;
      tell(stored);
    }
  }
  return took.count();
}

}  // namespace claimferry::bench
