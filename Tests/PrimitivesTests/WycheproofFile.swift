import ByteLayout
import Foundation

/// A file of Project Wycheproof, read from beside the project; the project does not carry the data itself.
struct WycheproofFile: Decodable {
  struct Group: Decodable {
    struct Key: Decodable { let pk: String }
    let publicKey: Key?
    let ivSize: Int?
    let tagSize: Int?
    let tests: [Case]
  }

  /// One case; which fields are there depends on the file.
  struct Case: Decodable {
    let tcId: Int
    let comment: String
    let flags: [String]
    let result: String
    // X25519
    let `public`: String?
    let `private`: String?
    let shared: String?
    // signatures, codes, AEAD
    let msg: String?
    let sig: String?
    let key: String?
    let tag: String?
    let iv: String?
    let aad: String?
    let ct: String?
    // HKDF
    let ikm: String?
    let salt: String?
    let info: String?
    let size: Int?
    let okm: String?

    var isValid: Bool { result == "valid" }
  }

  let numberOfTests: Int
  let testGroups: [Group]

  /// Reads `NAME_test.json` below `SOTTO_SHARED`, by default the folder `shared` beside the package.
  ///
  /// - Returns: nil when the folder is not there: the caller passes, and this says so.
  static func load(_ name: String) throws -> WycheproofFile? {
    let package = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let shared =
      ProcessInfo.processInfo.environment["SOTTO_SHARED"].map { URL(filePath: $0) }
      ?? package.deletingLastPathComponent().appending(path: "shared")
    let folder = shared.appending(path: "vectors/wycheproof")
    guard FileManager.default.fileExists(atPath: folder.path) else {
      print("*** NOT RUN: Wycheproof \(name): \(folder.path) is not there; set SOTTO_SHARED to run it ***")
      return nil
    }
    let data = try Data(contentsOf: folder.appending(path: "\(name)_test.json"))
    return try JSONDecoder().decode(WycheproofFile.self, from: data)
  }

  /// Every case with its group.
  var cases: [(group: Group, test: Case)] { testGroups.flatMap { group in group.tests.map { (group, $0) } } }
}
