#include "tests/integration/browser.hpp"

#include <stdexcept>

#include <boost/json.hpp>
#include <unistd.h>

#include "common/base/encoding.hpp"
#include "tests/integration/control.hpp"

namespace claimferry::integration {
namespace {

namespace json = boost::json;

constexpr const char* chromium = "/usr/bin/chromium";
constexpr const char* chromedriver = "/usr/bin/chromedriver";
constexpr auto patience = 60s;
// The name under which WebDriver refers to an element (section 12.1.1).
constexpr std::string_view element_name = "element-6066-11e4-a52e-4f735466cecf";

json::object capabilities(const std::filesystem::path& profile) {
  json::object options;
  options["binary"] = chromium;
  options["args"] = {"--headless=new",
                     "--no-sandbox",
                     "--disable-gpu",
                     "--disable-dev-shm-usage",
                     "--disable-background-networking",
                     "--disable-component-update",
                     "--no-first-run",
                     "--window-size=900,700",
                     "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
                     "--user-data-dir=" + profile.string()};
  json::object always;
  always["browserName"] = "chrome";
  always["pageLoadStrategy"] = "none";  // who looks for something on a page waits for it
  always["goog:chromeOptions"] = std::move(options);
  json::object wanted;
  wanted["alwaysMatch"] = std::move(always);
  json::object body;
  body["capabilities"] = std::move(wanted);
  return body;
}

std::string quoted(const std::string& name, const std::string& text) {
  json::object object;
  object[name] = text;
  return json::serialize(object);
}

// "ChromeDriver was started successfully on port 41234."
std::string port_told(const std::string& log) {
  constexpr std::string_view words = "successfully on port ";
  const auto at = log.find(words);
  const auto end = at == std::string::npos ? at : log.find('.', at);
  return end == std::string::npos ? "" : log.substr(at + words.size(), end - at - words.size());
}

}  // namespace

bool Browser::is_installed() {
  return ::access(chromium, X_OK) == 0 && ::access(chromedriver, X_OK) == 0;
}

Browser::Browser(const std::filesystem::path& directory) {
  Streams streams;
  streams.out = directory / "chromedriver.log";
  driver_ = std::make_unique<Process>(
      "chromedriver", std::vector<std::string>{chromedriver, "--port=0"}, std::move(streams));
  std::string port;
  if (!eventually(patience, [&] { return !(port = port_told(driver_->log_text())).empty(); })) {
    throw std::runtime_error("chromedriver did not start:\n" + driver_->log_text());
  }
  const std::string sessions = "http://127.0.0.1:" + port + "/session";
  const std::string begun =
      http("POST", sessions, json::serialize(capabilities(directory / "profile")));
  session_url_ = sessions + "/" + text_in(begun, "sessionId");
}

Browser::~Browser() {
  try {
    command("DELETE", "");
  } catch (const std::exception&) {
    // Its process group is ended with the driver's.
  }
}

std::string Browser::command(const std::string& method, const std::string& path,
                             const std::string& body) {
  return http(method, session_url_ + path, body);
}

std::string Browser::value(const std::string& path) {
  return std::string(json::parse(command("GET", path)).at("value").as_string());
}

// The browser's own first page breaks off what is asked of it while it loads.
void Browser::open(const std::string& url) {
  const bool left = eventually(patience, [&] {
    command("POST", "/url", quoted("url", url));
    return eventually(1s, [&] { return !this->url().starts_with("chrome://"); });
  });
  if (!left) {
    throw std::runtime_error("the browser opens nothing");
  }
}
std::string Browser::url() {
  return value("/url");
}
std::string Browser::title() {
  return value("/title");
}
std::string Browser::source() {
  return value("/source");
}

std::string Browser::element(const std::string& selector) {
  json::object wanted;
  wanted["using"] = "css selector";
  wanted["value"] = selector;
  std::string found;
  const bool is_there = eventually(patience, [&] {
    const Answer answer = ask("POST", session_url_ + "/element", json::serialize(wanted));
    if (answer.status == 200) {
      found = std::string(json::parse(answer.body).at("value").at(element_name).as_string());
    }
    return answer.status == 200;
  });
  if (!is_there) {
    throw std::runtime_error("no " + selector + " on the page " + source());
  }
  return "/element/" + found;
}

std::string Browser::text(const std::string& selector) {
  return value(element(selector) + "/text");
}
void Browser::type(const std::string& selector, const std::string& words) {
  command("POST", element(selector) + "/value", quoted("text", words));
}
void Browser::click(const std::string& selector) {
  command("POST", element(selector) + "/click", "{}");
}

std::string Browser::wait_for_url(const std::string& beginning) {
  std::string now;
  if (!eventually(patience, [&] { return (now = url()).starts_with(beginning); })) {
    throw std::runtime_error("the browser stands at " + now + " and not at " + beginning);
  }
  return now;
}

void Browser::screenshot(const std::filesystem::path& file) {
  write_file(file, from_base64(value("/screenshot")).value_or(""));
}

}  // namespace claimferry::integration
