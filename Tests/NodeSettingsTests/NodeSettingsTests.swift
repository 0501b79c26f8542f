import Foundation
import NodeSettings
import ProcessSupport
import Settings
import Testing

@Suite struct `A node's settings` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The variables of a process whose user has this configuration file.
  private func environment(_ variables: [String: String] = [:], file text: String? = nil) throws -> [String: String] {
    var result = ["HOME": folder.path(of: "user")]
    if let text {
      let path = folder.path(of: "user/.config/sotto")
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try text.write(toFile: path + "/config.yaml", atomically: true, encoding: .utf8)
    }
    result.merge(variables) { $1 }
    return result
  }

  @Test func `in the file stand like variables, which are stronger`() throws {
    let text = "socks: 127.0.0.1:9050\nreceipts: instant\ntls:\n  ca-file: ca.pem\n"
    let result = try NodeEnvironment.effective(environment(["SOTTO_SOCKS": "127.0.0.1:1"], file: text))
    #expect(result["SOTTO_SOCKS"] == "127.0.0.1:1")
    #expect(result["SOTTO_RECEIPTS"] == "instant")
    #expect(result["SOTTO_TLS_CA_FILE"] == "ca.pem")
    #expect(result["SOTTO_HOME"] == nil)
  }

  @Test func `an empty variable counts as none`() throws {
    let result = try NodeEnvironment.effective(environment(["SOTTO_SOCKS": ""], file: "socks: 127.0.0.1:9050\n"))
    #expect(result["SOTTO_SOCKS"] == "127.0.0.1:9050")
  }

  @Test func `each has a key that is read`() throws {
    for setting in NodeSetting.allCases {
      let parts = setting.rawValue.split(separator: ".")
      let yaml = parts.enumerated().map { String(repeating: " ", count: $0) + $1 + ":" }.joined(separator: "\n")
      let value =
        switch setting.kind {
        case .choice(let words): words.last ?? ""
        case .number, .decimal: "7"
        case .yesNo: "true"
        case .text: "some text"
        }
      let result = try NodeEnvironment.effective(environment(file: "\(yaml) \(value)\n"))
      #expect(result[setting.variable] == value)
      #expect(setting.help.hasSuffix("."))
    }
  }

  @Test func `a file that SOTTO_CONFIG names is the only one, and must be there`() throws {
    let path = folder.path(of: "other.yaml")
    #expect(throws: SettingProblems.self) { try NodeEnvironment.effective(environment(["SOTTO_CONFIG": path])) }
    try "receipts: instant\n".write(toFile: path, atomically: true, encoding: .utf8)
    let result = try NodeEnvironment.effective(environment(["SOTTO_CONFIG": path], file: "socks: 127.0.0.1:9050\n"))
    #expect(result["SOTTO_RECEIPTS"] == "instant")
    #expect(result["SOTTO_SOCKS"] == nil)
  }

  @Test func `a credential of systemd is the passphrase's file, unless another is named`() throws {
    let path = folder.path(of: "passphrase")
    #expect(
      try NodeEnvironment.effective(environment(["CREDENTIALS_DIRECTORY": folder.path(of: "")]))[
        "SOTTO_PASSPHRASE_FILE"]
        == nil)
    try "secret\n".write(toFile: path, atomically: true, encoding: .utf8)
    let credentials = (path as NSString).deletingLastPathComponent
    var result = try NodeEnvironment.effective(environment(["CREDENTIALS_DIRECTORY": credentials]))
    #expect(result["SOTTO_PASSPHRASE_FILE"] == path)
    result = try NodeEnvironment.effective(
      environment(["CREDENTIALS_DIRECTORY": credentials, "SOTTO_PASSPHRASE_FILE": "/other"]))
    #expect(result["SOTTO_PASSPHRASE_FILE"] == "/other")
  }

  @Test func `a variable that is nearly one of them is an error, and another program's is not`() throws {
    #expect(throws: SettingProblems.self) { try NodeEnvironment.effective(environment(["SOTTO_HOEM": "x"])) }
    #expect(throws: SettingProblems.self) { try NodeEnvironment.effective(environment(["SOTTO_TLS_CAFILE": "x"])) }
    for name in ["SOTTO_RELAY_DATA", "SOTTO_SHARED", "SOTTO_TLS_LOOPBACK", "SOTTO_EVENT_TYPE"] {
      #expect(throws: Never.self) { try NodeEnvironment.effective(environment([name: "x"])) }
    }
  }

  @Test func `a command refuses a key that there is not, and says which is near`() async throws {
    let home = try environment(file: "sock: 127.0.0.1:9050\n")
    let result = try await RunningProcess.run("sotto", ["whoami"], environment: home)
    #expect(result.exit == .code(2))
    #expect(result.standardError.contains("config.yaml:1: there is no setting sock. Did you mean socks?"))
    #expect(result.standardError.contains("sotto config check"))
    #expect(try await RunningProcess.run("sotto", ["config", "check"], environment: home).exit == .code(2))
  }

  @Test func `are shown with where they come from`() async throws {
    let home = try environment(["SOTTO_SOCKS": "127.0.0.1:1"], file: "receipts: instant\n")
    let shown = try await RunningProcess.run("sotto", ["config", "show", "--origin"], environment: home).standardOutput
    #expect(shown.contains("receipts: instant  # \(folder.path(of: "user/.config/sotto/config.yaml"))\n"))
    #expect(shown.contains("socks: '127.0.0.1:1'  # SOTTO_SOCKS\n"))
    #expect(shown.contains("# home:"))
    let checked = try await RunningProcess.run("sotto", ["config", "check"], environment: home)
    #expect(checked.standardOutput == "The settings are in order.\n")
  }

  @Test func `are in the documentation as they are`() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Docs/Configuration.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    for setting in NodeSetting.allCases {
      let standard = setting.standard.isEmpty ? "–" : "`\(setting.standard)`"
      #expect(
        text.contains(
          "| `\(setting.rawValue)` | `\(setting.variable)` | \(setting.kind.allowed) | \(standard) | \(setting.help) |\n"
        ))
    }
  }
}
