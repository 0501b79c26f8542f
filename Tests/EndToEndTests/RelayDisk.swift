import ByteLayout
import Foundation
import ProcessSupport

/// Everything that a relay has on its disk and has said, to be searched.
struct RelayDisk {
  private let haystacks: [Data]

  /// - Throws: what reading the folder throws.
  init(_ relay: RunningRelay) throws {
    var haystacks = [Data((relay.process.standardOutput + relay.process.standardError).utf8)]
    for name in try FileManager.default.subpathsOfDirectory(atPath: relay.dataFolder) {
      haystacks.append(Data(name.utf8))
      haystacks.append(try Data(contentsOf: URL(fileURLWithPath: relay.dataFolder + "/" + name)))
    }
    self.haystacks = haystacks
  }

  func holds(_ needle: some Sequence<UInt8>) -> Bool {
    let needle = Data(needle)
    return haystacks.contains { $0.range(of: needle) != nil }
  }

  /// As UTF-8, as hex of it, or as base64 of it.
  func holds(text: String) -> Bool {
    let bytes = [UInt8](text.utf8)
    return holds(bytes) || holds(Hexadecimal.encode(bytes).utf8) || holds(Self.base64(bytes).utf8)
  }

  /// The bytes raw, as hex in either case, or as base64.
  func holds(hex: String) throws -> Bool {
    let bytes = try Hexadecimal.decode(hex)
    return holds(bytes) || holds(hex.utf8) || holds(hex.uppercased().utf8) || holds(Self.base64(bytes).utf8)
  }

  /// Without the last characters, which depend on what follows.
  private static func base64(_ bytes: [UInt8]) -> String {
    String(Data(bytes).base64EncodedString().prefix(bytes.count / 3 * 4))
  }
}
