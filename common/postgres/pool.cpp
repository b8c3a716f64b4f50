#include "common/postgres/pool.hpp"

namespace claimferry::postgres {
namespace {

// Beside a statement's own timeout: for the way, and for other statements of the same run.
constexpr Duration way = std::chrono::seconds(10);

constexpr std::string_view set_timeouts =
    "SELECT set_config('statement_timeout', $1, false), "
    "set_config('idle_in_transaction_session_timeout', $2, false)";

std::string in_milliseconds(Duration duration) {
  return std::to_string(duration.count()) + "ms";
}

}  // namespace

Pool::Lease::~Lease() {
  if (pool_ != nullptr && connection_ != nullptr) {
    pool_->give_back(std::move(connection_));
  }
}

awaitable<Result<Answers>> Pool::Lease::run(std::vector<Call> calls) {
  return connection_->run(std::move(calls), pool_->options_.statement_timeout + way);
}

Pool::Pool(Executor executor, Login login, Options options, const Clock& clock, Random& random)
    : executor_(std::move(executor)),
      login_(std::move(login)),
      options_(options),
      clock_(clock),
      random_(random),
      permits_(options.connections_max) {}

awaitable<Result<Pool::Lease>> Pool::lease(std::shared_ptr<Pool> pool) {
  const auto until = std::chrono::steady_clock::now() + pool->options_.wait_deadline;
  auto permit = co_await pool->permits_.take(until);
  if (!permit) {
    co_return Failure{FailureKind::local, "postgres_busy",
                      "every connection to PostgreSQL was in use for too long"};
  }
  auto connection = pool->take_idle();
  if (connection == nullptr) {
    auto opened = co_await pool->open();
    if (!opened) {
      co_return std::move(opened.failure());
    }
    connection = std::move(*opened);
  }
  co_return Lease(std::move(pool), std::move(permit), std::move(connection));
}

std::unique_ptr<Connection> Pool::take_idle() {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->usable()) {
      return connection;
    }
  }
  return nullptr;
}

awaitable<Result<std::unique_ptr<Connection>>> Pool::open() {
  if (why_not_ && clock_.steady() < not_before_) {
    co_return *why_not_;
  }
  auto connection = std::make_unique<Connection>(executor_);
  auto opened = co_await connection->open(login_, options_.connect_deadline);
  if (!opened) {
    note(opened.failure());
    co_return std::move(opened.failure());
  }
  std::vector<Call> calls(1);
  calls[0].sql = set_timeouts;
  calls[0].prepared = false;
  calls[0].parameters.text(in_milliseconds(options_.statement_timeout));
  calls[0].parameters.text(in_milliseconds(options_.statement_timeout + way));
  auto set = co_await connection->run(std::move(calls), options_.connect_deadline);
  if (!set) {
    note(set.failure());
    co_return std::move(set.failure());
  }
  note(std::nullopt);
  co_return connection;
}

void Pool::note(const std::optional<Failure>& why_not) {
  why_not_ = why_not;
  failures_ = why_not ? failures_ + 1 : 0;
  if (why_not) {
    not_before_ = clock_.steady() + options_.reconnect.delay(failures_, random_);
  }
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  if (!closed_ && connection->usable()) {
    idle_.push_back(std::move(connection));
  }
}

void Pool::close() {
  closed_ = true;
  idle_.clear();
}

}  // namespace claimferry::postgres
