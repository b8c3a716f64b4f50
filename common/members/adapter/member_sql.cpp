#include "common/members/adapter/member_sql.hpp"

#include <charconv>

#include "common/claims/adapter/postgres_failure.hpp"

namespace claimferry::members {

awaitable<Result<postgres::Answers>> run_calls(std::shared_ptr<postgres::Pool> pool,
                                               std::vector<postgres::Call> calls) {
  auto lease = co_await postgres::Pool::lease(std::move(pool));
  if (!lease) {
    co_return claims::sink_failure(lease.failure());
  }
  auto answers = co_await lease->run(std::move(calls));
  if (!answers) {
    co_return claims::sink_failure(answers.failure());
  }
  co_return answers;
}

std::uint64_t number_in(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string ms_of(std::string_view column) {
  return "coalesce((extract(epoch FROM " + std::string(column) + ") * 1000)::bigint::text, '')";
}

std::string time_of(std::string_view parameter) {
  return "(timestamptz 'epoch' + nullif(" + std::string(parameter) +
         "::text, '')::bigint * interval '1 millisecond')";
}

void put_time(postgres::Parameters& parameters, std::optional<WallTime> at) {
  parameters.text(at ? std::to_string(at->time_since_epoch().count()) : "");
}

std::optional<WallTime> time_in(const postgres::Answer& answer, std::size_t row,
                                std::size_t column) {
  if (answer.text(row, column).empty()) {
    return std::nullopt;
  }
  return WallTime(Duration(answer.integer(row, column)));
}

const std::string& row_columns() {
  static const std::string columns =
      "member, payer, state, record::text, " + ms_of("added_at") + ", " + ms_of("consented_at") +
      ", " + ms_of("consent_expires_at") + ", " + ms_of("last_ok_at") + ", " +
      ms_of("last_sweep_at") + ", coalesce(token_life_ms::text, ''), coalesce(erasure, ''), " +
      ms_of("left_at") + ", " + ms_of("erased_at") + ", coalesce(erase_fence, ''), " +
      ms_of("begun_at") +
      ", coalesce(consent_terms[1], ''), "
      "coalesce(consent_terms[2], ''), coalesce(consent_terms[3], ''), "
      "coalesce(consent_terms[4], ''), coalesce(consent_terms[5], '')";
  return columns;
}

MirrorRow row_in(const postgres::Answer& answer, std::size_t row) {
  MirrorRow found;
  for (std::size_t column = 0; column < row_width; ++column) {
    found.emplace_back(answer.text(row, column));
  }
  return found;
}

postgres::Array terms_of(const std::optional<oauth::Consent>& consent) {
  postgres::Array terms(postgres::Element::text);
  if (consent) {
    std::string classes;
    for (const std::string& each : consent->data_classes) {
      classes += (classes.empty() ? "" : " ") + each;
    }
    for (const std::string& each :
         {consent->scopes, classes, consent->app, consent->organisation, consent->policy_version}) {
      terms.text(each);
    }
  }
  return terms;
}

}  // namespace claimferry::members
