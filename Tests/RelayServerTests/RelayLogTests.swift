import Ambient
import Foundation
import RelayServer
import Synchronization
import Testing

@Suite struct `A relay's log` {
  private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Sources").standardizedFileURL

  @Test func `takes nothing that could name anybody`() throws {
    let file = Self.sources.appendingPathComponent("RelayServer/Operation/RelayLogEvent.swift")
    let text = try String(contentsOf: file, encoding: .utf8)
    let types = text.matches(of: /\n\s*(?:package )?case \w+\(([^)]*)\)\n/).flatMap { match in
      match.output.1.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(types.count == 2)
    // Enumerations without values of their own.
    for type in types { #expect(["ListenAddress.Protection", "RelayLogReason"].contains(type)) }
  }

  @Test func `is the only way to say something`() throws {
    // `print` is what a command answers; failures end the program with one line.
    let allowed = ["sotto-relay/SottoRelay.swift", "sotto-relay/ServePlan.swift"]
    for target in ["RelayServer", "RelayStore", "RelayCore", "RelaySigning", "sotto-relay"] {
      let folder = Self.sources.appendingPathComponent(target)
      for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where name.hasSuffix(".swift") {
        let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        let place = "\(target)/\(name)"
        if !allowed.contains(place) { #expect(!text.contains("FileHandle.standardError"), "\(place)") }
        if target != "sotto-relay" { #expect(!text.contains(/\bprint\(/), "\(place)") }
        for call in [
          "fputs(", "perror(", "NSLog(", "debugPrint(", "dump(", "syslog(", "StreamLogHandler", "logger.log",
        ] {
          #expect(!text.contains(call), "\(call) in \(place)")
        }
        // Every logger that a library is given says nothing.
        for line in text.split(separator: "\n") where line.contains("Logger(label:") {
          #expect(line.contains("SwiftLogNoOpLogHandler()"), "\(place)")
        }
      }
    }
  }

  @Test func `drops what is below its level`() {
    let lines = Lines()
    let log = RelayLog(level: .warning, format: .text, clock: SystemWallClock()) { lines.add($0) }
    log.record(.ended)
    log.record(.expiryFailed)
    #expect(lines.all.count == 1)
    #expect(lines.all.first?.hasSuffix(" warning: expired envelopes could not be removed now\n") == true)
  }

  private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }
}
