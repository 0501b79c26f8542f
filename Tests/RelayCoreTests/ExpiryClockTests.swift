import RelayCore
import Testing

@Suite struct `The clock by which a relay deletes` {
  private let start = Int64(1_790_000_000)
  private let year: Int64 = 365 * 86_400

  private func clock() -> ExpiryClock { ExpiryClock(trusted: nil, wall: start, steady: .seconds(100)) }

  @Test func `follows a wall clock that goes right`() {
    var clock = clock()
    for minute in Int64(0)..<1_000 {
      let wall = start + minute * 60
      let steady = Duration.seconds(100 + minute * 60)
      #expect(clock.time(wall: wall, steady: steady) == wall)
      clock.advance(wall: wall, steady: steady)
      #expect(clock.trusted == wall)
    }
  }

  @Test func `does not follow a jump of a year, and gains a week a day at most`() {
    var clock = clock()
    let wrong = start + year
    #expect(clock.time(wall: wrong, steady: .seconds(100)) == start)
    // However often it is asked, only real time counts.
    for _ in 1...1_000 { clock.advance(wall: wrong, steady: .seconds(100)) }
    #expect(clock.trusted == start)
    for minute in Int64(1)...1_440 { clock.advance(wall: wrong, steady: .seconds(100 + minute * 60)) }
    #expect(clock.trusted == start + 7 * 86_400)
  }

  @Test func `goes back with the wall clock at once, and is not hurried when that is set right`() {
    var clock = clock()
    let back: Int64 = 0
    #expect(clock.time(wall: back, steady: .seconds(200)) == back)
    clock.advance(wall: back, steady: .seconds(10_000))
    #expect(clock.trusted == start)
    let right = start + 9_900
    // An hour of a wrong clock is caught up from the last trusted time, at the pace of what is allowed.
    #expect(clock.time(wall: right, steady: .seconds(10_000)) == start)
    #expect(clock.time(wall: right, steady: .seconds(10_000 + 9_900 / 7 + 1)) == right)
  }

  @Test func `after a correction of a jump ahead is the wall clock's again`() {
    var clock = clock()
    clock.advance(wall: start + year, steady: .seconds(3_700))
    #expect(clock.trusted == start + 7 * 3_600)
    let right = start + 3_600
    #expect(clock.time(wall: right, steady: .seconds(3_700)) == right)
  }

  @Test func `after a month off catches up in days, and trusts a restart no more than a jump`() {
    let month: Int64 = 30 * 86_400
    var clock = ExpiryClock(trusted: start, wall: start + month, steady: .zero)
    #expect(clock.time(wall: start + month, steady: .zero) == start)
    var days: Int64 = 0
    while clock.trusted < start + month + days * 86_400 {
      days += 1
      clock.advance(wall: start + month + days * 86_400, steady: .seconds(days * 86_400))
    }
    #expect(days == 5)
  }

  @Test func `a first start before 2026 is no start in 1970`() {
    let clock = ExpiryClock(trusted: nil, wall: 0, steady: .zero)
    #expect(clock.trusted == ExpiryClock.earliest)
    #expect(clock.time(wall: 60, steady: .zero) == 60)
  }

  @Test func `a steady clock that is read out of order changes nothing`() {
    var clock = clock()
    #expect(clock.time(wall: start + year, steady: .seconds(50)) == start)
    clock.advance(wall: start + year, steady: .seconds(50))
    #expect(clock.trusted == start)
  }
}
