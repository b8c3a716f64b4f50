// Browser: a headless Chromium, driven by its WebDriver (W3C WebDriver) over loopback. It resolves
// no names and reaches nothing but 127.0.0.1.
#pragma once

#include <memory>
#include <string>

#include "tests/integration/process.hpp"

namespace claimferry::integration {

class Browser {
 public:
  // Whether both programs are installed; what a test says when it is skipped.
  static bool is_installed();
  static constexpr auto how_to_install = "apt-get install chromium chromium-driver";

  // directory: for its profile. Throws std::runtime_error when it does not start.
  explicit Browser(const std::filesystem::path& directory);
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;
  ~Browser();

  void open(const std::string& url);
  std::string url();
  std::string title();
  std::string source();
  // The first element that a CSS selector finds; waits for one to come, and throws without.
  std::string text(const std::string& selector);
  void type(const std::string& selector, const std::string& words);
  void click(const std::string& selector);
  // Waits until the address begins so; answers it.
  std::string wait_for_url(const std::string& beginning);
  void screenshot(const std::filesystem::path& file);

 private:
  std::string command(const std::string& method, const std::string& path,
                      const std::string& body = "");
  std::string element(const std::string& selector);
  std::string value(const std::string& path);

  std::unique_ptr<Process> driver_;
  std::string session_url_;
};

}  // namespace claimferry::integration
