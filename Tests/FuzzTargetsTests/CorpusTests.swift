import Foundation
import FuzzTargets
import Testing

@Suite struct `What fuzzing has found worth keeping` {
  private static let corpus = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzz/Corpus")

  /// The committed inputs of a target, and its seeds.
  private func inputs(_ target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
    let folder = Self.corpus.appending(path: target.rawValue)
    // A target that has not been fuzzed yet has its seeds only.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let committed = try names.map { name in (name, [UInt8](try Data(contentsOf: folder.appending(path: name)))) }
    return committed + (try target.seeds().enumerated().map { ("seed \($0.offset)", $0.element) })
  }

  @Test(arguments: FuzzTarget.allCases) func `is read or refused, and nothing else`(target: FuzzTarget) throws {
    let inputs = try inputs(target)
    #expect(inputs.count >= 2)
    for (name, bytes) in inputs { #expect(target.failure(bytes) == nil, "\(name)") }
  }

  @Test(arguments: FuzzTarget.allCases)
  func `is read or refused when it is cut or has one wrong byte`(target: FuzzTarget) throws {
    for (name, bytes) in try inputs(target) where bytes.count <= 2_048 {
      for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 24)) {
        #expect(target.failure(Array(bytes[..<place])) == nil, "\(name) cut at \(place)")
        var wrong = bytes
        wrong[place] ^= 0xFF
        #expect(target.failure(wrong) == nil, "\(name) wrong at \(place)")
      }
    }
  }
}
