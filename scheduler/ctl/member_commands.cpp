#include <cstdio>

#include <boost/json.hpp>

#include "common/base/clock.hpp"
#include "common/config/value.hpp"
#include "common/queue/adapter/enrolment.hpp"
#include "common/queue/adapter/redis_token_store.hpp"
#include "scheduler/ctl/bulk_enrolment.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/console_call.hpp"
#include "scheduler/ctl/enqueued.hpp"
#include "scheduler/ctl/input.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

struct AddMember {
  std::string member;
  std::string payer;
  std::string patient;
  std::string refresh_token_file;
  std::string from;
};

class Enroller {
 public:
  Enroller(const config::Config& config, const std::string& payer)
      : payer_(configured(config, payer)),
        consent_lasts_(config.enroll.consent_lasts),
        vault_(open_vault(config)),
        session_(config),
        stores_(session_.stores(config)) {}

  Result<queue::JobQueue::Enqueued> add(const EnrolmentLine& line) {
    queue::NewMember member{line.member, payer_, line.patient, line.refresh_token};
    member.by = "claimferry member add";
    member.consent_lasts = consent_lasts_;
    return session_.result_of(enrolment_.add(std::move(member)));
  }

 private:
  static PayerName configured(const config::Config& config, const std::string& payer) {
    auto name = PayerName::parse(payer);
    if (!name || config.payer(*name) == nullptr) {
      std::string known;
      for (const auto& each : config.payers) {
        known += (known.empty() ? "" : ", ") + each.name.str();
      }
      throw CommandFailed{program::usage, "--payer must be one that is configured: " + known};
    }
    return std::move(*name);
  }

  PayerName payer_;
  Duration consent_lasts_;
  vault::Vault vault_;
  Session session_;
  members::MemberStores& stores_;
  queue::Enrolment enrolment_{stores_.register_or(session_.queue()), stores_.tokens(), vault_};
};

void add_one(const Context& context, Enroller& enroller, const AddMember& words) {
  Input input("--refresh-token-file", words.refresh_token_file);
  auto line = make_enrolment(words.member, words.patient, config::first_line(input.stream()),
                             "the first line of --refresh-token-file " + words.refresh_token_file);
  if (!line) {
    throw CommandFailed{program::usage, line.failure().detail};
  }
  const auto added = enroller.add(*line);
  if (!added) {
    throw command_failed(added.failure());
  }
  print_enqueued(context, line->member, *added);
}

void print_bulk(const Context& context, const BulkEnrolment& done) {
  if (context.json) {
    boost::json::object object;
    object["added"] = done.added;
    object["refused"] = done.refused;
    object["complete"] = !done.ended_by;
    std::puts(boost::json::serialize(object).c_str());
  } else if (!done.ended_by) {
    std::printf("added %zu, refused %zu\n", done.added, done.refused);
  }
}

void add_many(const Context& context, Enroller& enroller, const std::string& from) {
  Input input("--from", from);
  const auto add = [&enroller](const EnrolmentLine& line) -> Result<void> {
    auto added = enroller.add(line);
    return added ? Result<void>() : Result<void>(std::move(added.failure()));
  };
  const auto refuse = [&from](std::size_t line, const std::string& reason) {
    std::fprintf(stderr, "%s:%zu: %s\n", from.c_str(), line, reason.c_str());
  };
  const BulkEnrolment done = enrol_lines(input.stream(), add, refuse);
  print_bulk(context, done);
  if (done.ended_by) {
    throw CommandFailed{program::unreachable, from + ":" + std::to_string(done.line) + ": " +
                                                  done.ended_by->detail + "; " +
                                                  std::to_string(done.added) +
                                                  " members were added, run it again for the rest"};
  }
  if (done.refused > 0) {
    throw CommandFailed{program::failed, ""};
  }
}

void add_members(const Context& context, const AddMember& words) {
  const config::Config config =
      load_config(context, {"redis.password_file", "vault.key_file", "sink.password_file"});
  const bool many = !words.from.empty();
  if (many == !words.member.empty() ||
      (!many && (words.patient.empty() || words.refresh_token_file.empty()))) {
    throw CommandFailed{program::usage,
                        "write either: member add ID --payer P --patient ID --refresh-token-file "
                        "FILE, or: member add --payer P --from FILE"};
  }
  Enroller enroller(config, words.payer);
  many ? add_many(context, enroller, words.from) : add_one(context, enroller, words);
}

// As it comes, page by page: there may be more members than fit into memory.
void list_members(const Context& context) {
  Session session(load_config(context));
  std::string from = "0";
  const char* separator = "[";
  do {
    const auto page = session.run(session.members().scan(from));
    for (const MemberId& member : page.members) {
      if (context.json) {
        std::printf("%s{\"member\":\"%s\"}", separator, member.str().c_str());
        separator = ",\n";
      } else {
        std::puts(member.str().c_str());
      }
    }
    from = page.next;
  } while (from != "0");
  if (context.json) {
    std::puts(*separator == '[' ? "[]" : "]");
  }
}

// By day, to be asked to renew beforehand.
void list_ending(const Context& context, const std::string& within) {
  const auto span = config::to_duration(config::Value(within));
  if (!span || *span <= Duration::zero()) {
    throw CommandFailed{program::usage, "--consent-ends-within takes a time such as 30d"};
  }
  Session session(load_config(context));
  const WallTime now = SystemClock().wall();
  std::string from = "0";
  boost::json::array all;
  do {
    const auto page = session.run(session.members().consents_ending(now, now + *span, from));
    for (const auto& consent : page.consents) {
      const std::string id = consent.member.str();
      const std::string day = format_date(std::chrono::floor<std::chrono::days>(consent.ends_at));
      if (context.json) {
        all.push_back({{"member", id}, {"consent_ends", day}});
      } else {
        std::printf("%s  %s\n", day.c_str(), id.c_str());
      }
    }
    from = page.next;
  } while (from != "0");
  if (context.json) {
    std::puts(boost::json::serialize(all).c_str());
  }
}

void show_member(const Context& context, const std::string& word) {
  const auto member = MemberId::parse(word);
  if (!member) {
    throw CommandFailed{program::usage, "a member id is 1 to 64 of A-Z a-z 0-9 _ -"};
  }
  Session session(load_config(context));
  const auto record = session.run(session.members().find(*member));
  if (!record) {
    throw CommandFailed{program::refused, "no such member; add it first: claimferry member add"};
  }
  boost::json::object object;
  object["member"] = record->id.str();
  for (const auto& [name, value] : record->fields) {
    object[name] = value;
  }
  for (const auto& [name, text] : record->terms) {
    object["consent_" + name] = text;
  }
  object["running_job"] = record->running_job;
  object["waiting_jobs"] = boost::json::value_from(record->waiting_jobs);
  if (context.json) {
    std::puts(boost::json::serialize(object).c_str());
    return;
  }
  for (const auto& field : object) {
    std::printf("%-22s %s\n", std::string(field.key()).c_str(),
                field.value().is_string() ? field.value().as_string().c_str()
                                          : boost::json::serialize(field.value()).c_str());
  }
}

}  // namespace

void add_member_commands(CLI::App& app, Context& context) {
  CLI::App* member = app.add_subcommand("member", "members")->require_subcommand(1);
  CLI::App* add = member->add_subcommand("add", "register a member, or renew its consent");
  auto words = std::make_shared<AddMember>();
  add->add_option("member", words->member, "your own opaque id for the member");
  add->add_option("--payer", words->payer, "a configured payer")->required();
  add->add_option("--patient", words->patient, "the payer's patient id");
  add->add_option("--refresh-token-file", words->refresh_token_file, "FILE, or - for stdin");
  add->add_option("--from", words->from,
                  R"(FILE or -: {"member","patient","refresh_token"}, one a line)");
  add->callback(
      [&context, words] { context.run = [&context, words] { add_members(context, *words); }; });

  CLI::App* list = member->add_subcommand(
      "list", "every member's id, of whom was erased, too, while the tombstone stands");
  auto within = std::make_shared<std::string>();
  list->add_option("--consent-ends-within", *within, "only those, by day: 30d");
  list->callback([&context, within] {
    context.run = [&context, within] {
      within->empty() ? list_members(context) : list_ending(context, *within);
    };
  });
  CLI::App* show = member->add_subcommand("show", "what is known of one member");
  auto id = std::make_shared<std::string>();
  auto explain = std::make_shared<bool>(false);
  show->add_option("member", *id)->required();
  show->add_flag("--explain", *explain, explain_help);
  show->callback([&context, id, explain] {
    context.run = [&context, id, explain] {
      *explain ? print_redis_cli({"cf_member", {*id}, ""}) : show_member(context, *id);
    };
  });
}

}  // namespace claimferry::ctl
