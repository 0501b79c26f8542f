import FoundationEssentials

/// One case of a family: what goes in, what must come out or be refused.
protocol VectorCase: Codable {
  /// The `family` of the files that hold such cases.
  static var family: String { get }
  /// What the case shows.
  var comment: String { get set }
  var expect: Expectation { get set }

  /// Computes everything that the case states.
  ///
  /// - Throws: ``Difference`` for a number that is not the file's; anything else is a refusal of the input.
  func perform() throws
}

extension VectorCase {
  /// Performs the case and holds what happened against what was expected.
  func outcome() -> CaseOutcome {
    do {
      try perform()
      guard expect == .success else { return failed("accepted; \(expect.rawValue) was expected") }
      return .accepted
    } catch let difference as Difference {
      return failed("\(difference)")
    } catch {
      guard let refusal = Expectation(classOf: error) else { return failed("\(error)") }
      guard refusal == expect else { return failed("\(refusal.rawValue) (\(error)); \(expect.rawValue) was expected") }
      return .refused
    }
  }

  /// The same case with something changed.
  func changed(_ comment: String, _ expect: Expectation, _ edit: (inout Self) throws -> Void) rethrows -> Self {
    var copy = self
    copy.comment = comment
    copy.expect = expect
    try edit(&copy)
    return copy
  }

  private func failed(_ reason: String) -> CaseOutcome { .failed(name: comment, reason: reason) }
}

/// A file of one family: where its numbers are from, and its cases.
struct VectorFile<Case: VectorCase>: Codable {
  let family: String
  let origin: String
  let cases: [Case]

  init(origin: String, cases: [Case]) {
    family = Case.family
    self.origin = origin
    self.cases = cases
  }
}

/// What a file tells about itself: a family of cases, or a transcript.
private struct FileHeader: Decodable {
  let family: String?
  let sessions: [Ignored]?
  struct Ignored: Decodable {}
}

enum VectorFileError: Error, CustomStringConvertible {
  case unknownFamily(String?)
  var description: String {
    switch self {
    case .unknownFamily(let name): "unknown family \(name ?? "(none)")"
    }
  }
}

/// Finds the family of a file and performs its cases.
enum VectorFamilies {
  /// The families of this program.
  private static var families: [any VectorCase.Type] {
    [
      X25519Case.self, Ed25519Case.self, KeyConversionCase.self, HMACCase.self, HKDFCase.self, AEADCase.self,
      MLKEMCase.self,
      SessionContextCase.self, DeviceListsCase.self, PrekeyBundleCase.self, OneTimePrekeyCase.self,
      SealedEnvelopeCase.self, MailboxLogCase.self, StoredReceiptCase.self, BlobFileCase.self,
      BlobSizeCase.self, TripleRatchetCase.self,
    ]
  }

  /// Performs every case of a file of any family, or replays a transcript, of which each event is a case.
  static func run(_ data: Data) throws -> [CaseOutcome] {
    let header = try JSONDecoder().decode(FileHeader.self, from: data)
    if header.sessions != nil { return try TranscriptReplay.outcomes(of: try Transcript(decoding: data)) }
    return try cases(data).map { $0.outcome() }
  }

  /// The cases of a file that is no transcript.
  static func cases(_ data: Data) throws -> [any VectorCase] {
    let header = try JSONDecoder().decode(FileHeader.self, from: data)
    guard let type = families.first(where: { $0.family == header.family }) else {
      throw VectorFileError.unknownFamily(header.family)
    }
    return try cases(type, data)
  }

  private static func cases<Some: VectorCase>(_ type: Some.Type, _ data: Data) throws -> [any VectorCase] {
    try JSONDecoder().decode(VectorFile<Some>.self, from: data).cases
  }
}
