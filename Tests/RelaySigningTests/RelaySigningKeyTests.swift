import ByteLayout
import FoundationEssentials
import Glibc
import RelaySigning
import Testing
import Verification

@Suite final class `The relay's own key` {
  private let directory: String

  init() throws {
    directory = "/tmp/sotto-relay-key-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  private var path: String { directory + "/relay.key" }

  @Test func `is made at the first start and the same at every later one`() throws {
    let first = try RelaySigningKey(directory: directory)
    let second = try RelaySigningKey(directory: directory)
    #expect(first.verifyingKey == second.verifyingKey)
    #expect(!first.verifyingKey.bytes.isZero)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["relay.key"])
  }

  @Test func `is readable by its owner alone`() throws {
    _ = try RelaySigningKey(directory: directory)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
  }

  @Test func `is refused when others could read it, or when it is cut or foreign`() throws {
    _ = try RelaySigningKey(directory: directory)
    chmod(path, 0o640)
    #expect(throws: RelaySigningError.damaged) { try RelaySigningKey(directory: self.directory) }
    chmod(path, 0o600)
    let whole = try Data(contentsOf: URL(filePath: path))
    try whole.dropLast().write(to: URL(filePath: path))
    chmod(path, 0o600)
    #expect(throws: RelaySigningError.damaged) { try RelaySigningKey(directory: self.directory) }
    try Data(repeating: 7, count: 50).write(to: URL(filePath: path))
    chmod(path, 0o600)
    #expect(throws: RelaySigningError.damaged) { try RelaySigningKey(directory: self.directory) }
  }

  @Test func `is made again after a start that was interrupted before it had its name`() throws {
    try Data([1, 2, 3]).write(to: URL(filePath: path + ".new"))
    let key = try RelaySigningKey(directory: directory)
    #expect(try RelaySigningKey(directory: directory).verifyingKey == key.verifyingKey)
  }

  @Test func `cannot be made in a directory that is not there`() {
    #expect(throws: RelaySigningError.file(errno: ENOENT)) {
      try RelaySigningKey(directory: self.directory + "/missing")
    }
  }

  @Test func `signs under a label, and for no other label or body`() throws {
    let key = try RelaySigningKey(directory: directory)
    let signature = try key.sign(label: "Sotto_Checkpoint_v1", body: [1, 2, 3])
    #expect(key.verifyingKey.isValid(signature, label: "Sotto_Checkpoint_v1", body: [1, 2, 3]))
    #expect(!key.verifyingKey.isValid(signature, label: "Sotto_StoredRoot_v1", body: [1, 2, 3]))
    #expect(!key.verifyingKey.isValid(signature, label: "Sotto_Checkpoint_v1", body: [1, 2, 4]))
  }

  @Test func `made from a known seed, it verifies what another implementation signed`() throws {
    // Format line and the seed 09…09; the signature comes from another Ed25519.
    var file = Data("sotto relay key 1\n".utf8)
    file.append(Data(repeating: 9, count: 32))
    try file.write(to: URL(filePath: path))
    chmod(path, 0o600)
    let key = try RelaySigningKey(directory: directory)
    #expect(
      key.verifyingKey.bytes.description == "fd1724385aa0c75b64fb78cd602fa1d991fdebf76b13c58ed702eac835e9f618")
    let signature = Signature(
      try FixedBytes<64>(
        try Hexadecimal.decode(
          "142cc9c4b29c7158e1e110e2d340fdb71659d471539e95b7d7b93736d131c657"
            + "d64603a2b4d7c6762e97dd679a830ebfdb116b6c71ff2c5a4564ab0fd9dfda04")))
    #expect(key.verifyingKey.isValid(signature, label: "Sotto_Checkpoint_v1", body: "body".utf8))
  }
}
