import ByteLayout
import Foundation
import Primitives
import SecretMemory
import Testing
import VectorSupport

/// NIST's and Wycheproof's answers for ML-KEM-768 and ML-KEM-1024, when they lie beside the project.
@Suite struct MLKEMPublicVectors {
  private struct File: Decodable {
    struct Group: Decodable {
      let parameterSet: String
      let function: String?
      let tests: [Case]
    }

    struct Case: Decodable {
      let tcId: Int
      let result: String?
      let seed: String?
      let d: String?
      let z: String?
      let m: String?
      let ek: String?
      let c: String?
      let k: String?
      let K: String?
    }

    let testGroups: [Group]

    func cases(of parameters: MLKEMParameters) -> [Case] {
      let name = parameters == .mlKEM768 ? "ML-KEM-768" : "ML-KEM-1024"
      return testGroups.filter { $0.parameterSet == name && $0.function != "decapsulation" }.flatMap(\.tests)
    }
  }

  /// Reads a file below `SOTTO_SHARED`; nil, and loudly so, when the folder is not there.
  private func load(_ path: String) throws -> File? {
    let package = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let shared =
      ProcessInfo.processInfo.environment["SOTTO_SHARED"].map { URL(filePath: $0) }
      ?? package.deletingLastPathComponent().appending(path: "shared")
    let file = shared.appending(path: "vectors/\(path)")
    guard FileManager.default.fileExists(atPath: file.path) else {
      print("*** NOT RUN: \(file.path) is not there; set SOTTO_SHARED to run it ***")
      return nil
    }
    return try JSONDecoder().decode(File.self, from: try Data(contentsOf: file))
  }

  private func name(_ parameters: MLKEMParameters) -> String { parameters == .mlKEM768 ? "768" : "1024" }

  @Test(arguments: MLKEMParameters.allCases)
  func `NIST's key pairs follow from their seeds`(parameters: MLKEMParameters) throws {
    guard let file = try load("acvp-mlkem/keyGen/internalProjection.json") else { return }
    let cases = file.cases(of: parameters)
    #expect(cases.count == 25)
    for test in cases {
      let seed = try bytes(try #require(test.d).lowercased() + (try #require(test.z).lowercased()))
      let key = try MLKEMKeyPair(parameters, seed: SecretBytes(copying: seed)).publicKey
      #expect(Hexadecimal.encode(key.bytes) == test.ek?.lowercased(), "tcId \(test.tcId)")
    }
  }

  @Test(arguments: MLKEMParameters.allCases)
  func `NIST's encapsulations come out`(parameters: MLKEMParameters) throws {
    guard let file = try load("acvp-mlkem/encapDecap/internalProjection.json") else { return }
    let cases = file.cases(of: parameters)
    #expect(cases.count == 25)
    for test in cases {
      let key = try MLKEMPublicKey(validating: try bytes(try #require(test.ek).lowercased()), parameters)
      let made = try KnownEncapsulation.encapsulate(to: key, message: try bytes(try #require(test.m).lowercased()))
      let (ciphertext, sent) = (made.ciphertext, text(of: made.sharedSecret))
      #expect(Hexadecimal.encode(ciphertext.bytes) == test.c?.lowercased(), "tcId \(test.tcId)")
      #expect(sent == test.k?.lowercased(), "tcId \(test.tcId)")
    }
  }

  @Test(arguments: MLKEMParameters.allCases)
  func `Wycheproof's seeds give its keys`(parameters: MLKEMParameters) throws {
    guard let file = try load("wycheproof/mlkem_\(name(parameters))_keygen_seed_test.json") else { return }
    for test in file.cases(of: parameters) {
      let seed = try SecretBytes(copying: try bytes(try #require(test.seed)))
      let key = try MLKEMKeyPair(parameters, seed: seed).publicKey
      #expect(Hexadecimal.encode(key.bytes) == test.ek, "tcId \(test.tcId)")
    }
  }

  @Test(arguments: MLKEMParameters.allCases)
  func `Wycheproof's ciphertexts decapsulate, implicit rejections among them, or are refused by their size`(
    parameters: MLKEMParameters
  ) throws {
    guard let file = try load("wycheproof/mlkem_\(name(parameters))_test.json") else { return }
    for test in file.cases(of: parameters) {
      func opened() throws -> String {
        let seed = try SecretBytes(copying: try bytes(try #require(test.seed)))
        let ciphertext = try MLKEMCiphertext(validating: try bytes(try #require(test.c)), parameters)
        return text(of: try MLKEMKeyPair(parameters, seed: seed).decapsulate(ciphertext))
      }
      if test.result == "valid" {
        #expect(try opened() == test.K, "tcId \(test.tcId)")
      } else {
        #expect(throws: PrimitiveError.self, "tcId \(test.tcId)") { try opened() }
      }
    }
  }

  @Test(arguments: MLKEMParameters.allCases)
  func `Wycheproof's encapsulation keys are taken or refused as it says`(parameters: MLKEMParameters) throws {
    guard let file = try load("wycheproof/mlkem_\(name(parameters))_encaps_test.json") else { return }
    var (taken, refused) = (0, 0)
    for test in file.cases(of: parameters) {
      let key = try bytes(try #require(test.ek))
      do throws(PrimitiveError) {
        _ = try MLKEMPublicKey(validating: key, parameters)
        #expect(test.result == "valid", "tcId \(test.tcId)")
        taken += 1
      } catch {
        #expect(test.result == "invalid", "tcId \(test.tcId)")
        refused += 1
      }
    }
    #expect(taken > 100 && refused > 100)
  }
}
