import Foundation
import ProcessSupport
import RelaySettings
import Settings
import Testing

@Suite struct `A relay's settings` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(_ text: String) throws -> String {
    let path = folder.path(of: "relay.yaml")
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func read(
    flags: [RelaySetting: String] = [.data: "d"], environment: [String: String] = [:], file text: String? = nil
  ) throws -> RelaySettings {
    try RelaySettings(
      flags: flags, environment: environment, file: try text.map(file), standardFiles: [folder.path(of: "none")])
  }

  private func problems(
    flags: [RelaySetting: String] = [.data: "d"], environment: [String: String] = [:], file text: String? = nil
  ) throws -> [String] {
    do {
      _ = try read(flags: flags, environment: environment, file: text)
      return []
    } catch let error as SettingProblems { return error.list.map(\.description) }
  }

  @Test func `without anything are the standard ones`() throws {
    let settings = try read()
    for setting in RelaySetting.allCases where setting != .data {
      #expect(settings.text(setting) == setting.standard)
      #expect(settings.origin(setting) == .standard)
    }
  }

  @Test func `come from flags before the environment, before the file, before what is standard`() throws {
    let text = "data: f\nlisten: 127.0.0.1:1\nquota:\n  bytes: 2000000\n  envelopes: 3000\n"
    let environment = ["SOTTO_RELAY_LISTEN": "127.0.0.1:2", "SOTTO_RELAY_QUOTA_BYTES": "3000000"]
    let settings = try read(flags: [.listen: "127.0.0.1:3"], environment: environment, file: text)
    #expect(settings.text(.listen) == "127.0.0.1:3")
    #expect(settings.origin(.listen) == .flag)
    #expect(settings.number(.quotaBytes) == 3_000_000)
    #expect(settings.origin(.quotaBytes) == .environment)
    #expect(settings.number(.quotaEnvelopes) == 3_000)
    #expect(settings.origin(.quotaEnvelopes) == .file(path: folder.path(of: "relay.yaml")))
    #expect(settings.text(.data) == "f")
    #expect(settings.origin(.logLevel) == .standard)
  }

  @Test(arguments: RelaySetting.allCases) func `each has a flag, a variable and a key that are read`(
    setting: RelaySetting
  ) throws {
    let value =
      switch setting.kind {
      case .text: setting == .tlsCertificate || setting == .tlsKey ? "same" : "some text"
      case .number(let range): "\(range.upperBound)"
      case .choice(let words): words[words.count - 1]
      case .decimal: "1"
      case .yesNo: "true"
      }
    // What goes together.
    var flags: [RelaySetting: String] = [.data: "d", .tlsCertificate: "same", .tlsKey: "same"]
    if setting == .insecurePlaintext { flags = [.data: "d"] }
    if setting == .blobsMailboxBytes { flags[.blobsTotalBytes] = value }
    flags[setting] = nil
    let byVariable = try read(flags: flags, environment: [setting.variable: value])
    #expect(byVariable.text(setting) == value)
    #expect(byVariable.origin(setting) == .environment)
    let parts = setting.rawValue.split(separator: ".")
    let yaml = parts.enumerated().map { String(repeating: " ", count: $0) + $1 + ":" }.joined(separator: "\n")
    let byFile = try read(flags: flags, file: "\(yaml) \(value)\n")
    #expect(byFile.text(setting) == value)
    flags[setting] = value
    #expect(try read(flags: flags).origin(setting) == .flag)
    #expect(setting.kind.problem(with: setting.standard) == nil)
    #expect(setting.help.hasSuffix("."))
  }

  @Test func `flags and variables have names of their own`() {
    #expect(Set(RelaySetting.allCases.map(\.flag)).count == RelaySetting.allCases.count)
    #expect(Set(RelaySetting.allCases.map(\.variable)).count == RelaySetting.allCases.count)
  }

  @Test func `are in the documentation as they are`() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Docs/Operations.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    for setting in RelaySetting.allCases {
      let standard = setting.standard.isEmpty ? "–" : "`\(setting.standard)`"
      #expect(text.contains("| `\(setting.rawValue)` | \(setting.kind.allowed) | \(standard) | \(setting.help) |\n"))
    }
  }

  @Test func `are all flags of the program`() async throws {
    let help = try await RunningProcess.run("sotto-relay", ["serve", "--help"])
    for setting in RelaySetting.allCases { #expect(help.standardOutput.contains("  --\(setting.flag) ")) }
  }

  @Test func `a key that there is not is an error with its line and the nearest one`() throws {
    #expect(
      try problems(file: "listen: 127.0.0.1:1\nquota:\n  byte: 5\n")
        == ["\(folder.path(of: "relay.yaml")):3: there is no setting quota.byte. Did you mean quota.bytes?"])
    #expect(try problems(file: "tsl:\n  key: x\n").first?.contains("Did you mean tls.key?") == true)
  }

  @Test func `a variable that there is not is an error with the nearest one`() throws {
    #expect(
      try problems(environment: ["SOTTO_RELAY_LISTENN": "x", "SOTTO_HOME": "x"])
        == ["the environment: there is no setting SOTTO_RELAY_LISTENN. Did you mean SOTTO_RELAY_LISTEN?"])
  }

  @Test(arguments: ["0", "-1", "1e3", "", "12345678901234567890", " 5", "5 ", "+5", "٣"])
  func `a number that is none, or out of its bounds, is an error that names its origin`(value: String) throws {
    let found = try problems(environment: ["SOTTO_RELAY_SHUTDOWN_SECONDS": value])
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("SOTTO_RELAY_SHUTDOWN_SECONDS: shutdown.seconds is") == true)
    #expect(found.first?.contains("1 … 300") == true)
  }

  @Test func `all that is wrong is said at once`() throws {
    #expect(
      try problems(environment: ["SOTTO_RELAY_X": "1"], file: "registration: maybe\nlog: {level: loud}\n").count == 3)
  }

  @Test func `what does not go together is an error`() throws {
    #expect(try problems(flags: [:]).first?.contains("--data") == true)
    #expect(try problems(flags: [.data: "d", .tlsKey: "k"]).first?.contains("go together") == true)
    let both: [RelaySetting: String] = [.data: "d", .tlsKey: "k", .tlsCertificate: "c", .insecurePlaintext: "true"]
    #expect(try problems(flags: both).first?.contains("--insecure-plaintext") == true)
  }

  @Test(arguments: [
    "- a\n", "listen: [a, b]\n", "listen: a\nlisten: b\n", "listen: 'a\n", "{{", "listen:\n  port: 5\n", "3: 4\n",
    String(repeating: "#", count: 70_000),
  ])
  func `a file of another shape is refused`(text: String) throws {
    #expect(try problems(file: text).count == 1)
  }

  @Test func `a file that was named and is not there is refused`() throws {
    #expect(throws: SettingProblems.self) {
      try RelaySettings(flags: [.data: "d"], environment: [:], file: folder.path(of: "missing.yaml"), standardFiles: [])
    }
  }

  @Test func `a file of comments changes nothing`() throws {
    #expect(try read(file: "# nothing\n").text(.listen) == RelaySetting.listen.standard)
  }

  @Test func `what is shown is a file that says the same`() throws {
    let flags: [RelaySetting: String] = [.data: "it's # here", .quotaBytes: "5000000", .registration: "closed"]
    let settings = try read(flags: flags)
    let shown = SettingsListing.yaml(settings, showsOrigins: true)
    #expect(shown.contains("bytes: 5000000  # --quota-bytes"))
    let again = try read(flags: [:], file: shown)
    for setting in RelaySetting.allCases { #expect(again.text(setting) == settings.text(setting)) }
  }
}
