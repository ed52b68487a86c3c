import type { CalendarYear } from './calendar.ts'
import { addDays, type PlainDate, plainDate } from './plain-date.ts'

/**
 * One year as written here: days are `MM-DD`, `MM-DD..MM-DD` is a run with both ends included, a blank separates.
 * `off` are days off; `work` are make-up workdays (调休). A day in neither is working from Monday to Friday.
 */
type WrittenYear = { notices?: readonly string[]; off: string; work: string }

/**
 * The State Council's yearly notices, final texts with mid-year amendments (2015, 2019, 2020), R1.
 * Each day stands in its own year, also where the notice of the next year announced it (2007-12-29 to 12-31).
 */
const writtenYears: Readonly<Record<string, WrittenYear>> = {
  2004: {
    off: '01-01 01-22..01-28 05-01..05-07 10-01..10-07',
    work: '01-17..01-18 05-08..05-09 10-09..10-10',
  },
  2005: {
    off: '01-01..01-03 02-09..02-15 05-01..05-07 10-01..10-07',
    work: '02-05..02-06 04-30 05-08 10-08..10-09',
  },
  2006: {
    off: '01-01..01-03 01-29..02-04 05-01..05-07 10-01..10-07',
    work: '01-28 02-05 04-29..04-30 09-30 10-08 12-30..12-31',
  },
  2007: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2008-03/28/content_1761.htm'],
    off: '01-01..01-03 02-18..02-24 05-01..05-07 10-01..10-07 12-30..12-31',
    work: '02-17 02-25 04-28..04-29 09-29..09-30 12-29',
  },
  2008: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2008-03/28/content_1645.htm'],
    off: '01-01 02-06..02-12 04-04..04-06 05-01..05-03 06-07..06-09 09-13..09-15 09-29..10-05',
    work: '02-02..02-03 05-04 09-27..09-28',
  },
  2009: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2008-12/10/content_1572.htm'],
    off: '01-01..01-03 01-25..01-31 04-04..04-06 05-01..05-03 05-28..05-30 10-01..10-08',
    work: '01-04 01-24 02-01 05-31 09-27 10-10',
  },
  2010: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2009-12/08/content_1476.htm'],
    off: '01-01..01-03 02-13..02-19 04-03..04-05 05-01..05-03 06-14..06-16 09-22..09-24 10-01..10-07',
    work: '02-20..02-21 06-12..06-13 09-19 09-25..09-26 10-09',
  },
  2011: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2010-12/10/content_1423.htm'],
    off: '01-01..01-03 02-02..02-08 04-03..04-05 04-30..05-02 06-04..06-06 09-10..09-12 10-01..10-07',
    work: '01-30 02-12 04-02 10-08..10-09 12-31',
  },
  2012: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2011-12/06/content_1411.htm'],
    off: '01-01..01-03 01-22..01-28 04-02..04-04 04-29..05-01 06-22..06-24 09-30..10-07',
    work: '01-21 01-29 03-31..04-01 04-28 09-29',
  },
  2013: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2012-12/10/content_1353.htm'],
    off: '01-01..01-03 02-09..02-15 04-04..04-06 04-29..05-01 06-10..06-12 09-19..09-21 10-01..10-07',
    work: '01-05..01-06 02-16..02-17 04-07 04-27..04-28 06-08..06-09 09-22 09-29 10-12',
  },
  2014: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2014-01/02/content_1194.htm'],
    off: '01-01 01-31..02-06 04-05 04-07 05-01..05-03 06-02 09-08 10-01..10-07',
    work: '01-26 02-08 05-04 09-28 10-11',
  },
  2015: {
    notices: [
      'http://www.gov.cn/zhengce/zhengceku/2014-12/16/content_9302.htm',
      'http://www.gov.cn/zhengce/zhengceku/2015-05/13/content_9742.htm',
    ],
    off: '01-01..01-03 02-18..02-24 04-05..04-06 05-01 06-20 06-22 09-03..09-05 09-27 10-01..10-07',
    work: '01-04 02-15 02-28 09-06 10-10',
  },
  2016: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2015-12/10/content_10394.htm'],
    off: '01-01 02-07..02-13 04-04 05-01..05-02 06-09..06-11 09-15..09-17 10-01..10-07',
    work: '02-06 02-14 06-12 09-18 10-08..10-09',
  },
  2017: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2016-12/01/content_5141603.htm'],
    off: '01-01..01-02 01-27..02-02 04-02..04-04 05-01 05-28..05-30 10-01..10-08',
    work: '01-22 02-04 04-01 05-27 09-30',
  },
  2018: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2017-11/30/content_5243579.htm'],
    off: '01-01 02-15..02-21 04-05..04-07 04-29..05-01 06-18 09-24 10-01..10-07 12-30..12-31',
    work: '02-11 02-24 04-08 04-28 09-29..09-30 12-29',
  },
  2019: {
    notices: [
      'http://www.gov.cn/zhengce/zhengceku/2018-12/06/content_5346276.htm',
      'http://www.gov.cn/zhengce/zhengceku/2019-03/22/content_5375877.htm',
    ],
    off: '01-01 02-04..02-10 04-05 05-01..05-04 06-07 09-13 10-01..10-07',
    work: '02-02..02-03 04-28 05-05 09-29 10-12',
  },
  2020: {
    notices: [
      'http://www.gov.cn/zhengce/zhengceku/2019-11/21/content_5454164.htm',
      'http://www.gov.cn/zhengce/zhengceku/2020-01/27/content_5472352.htm',
    ],
    off: '01-01 01-24..02-02 04-04..04-06 05-01..05-05 06-25..06-27 10-01..10-08',
    work: '01-19 02-03 04-26 05-09 06-28 09-27 10-10',
  },
  2021: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2020-11/25/content_5564127.htm'],
    off: '01-01..01-03 02-11..02-17 04-03..04-05 05-01..05-05 06-12..06-14 09-19..09-21 10-01..10-07',
    work: '02-07 02-20 04-25 05-08 09-18 09-26 10-09',
  },
  2022: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2021-10/25/content_5644835.htm'],
    off: '01-01..01-03 01-31..02-06 04-03..04-05 04-30..05-04 06-03..06-05 09-10..09-12 10-01..10-07 12-31',
    work: '01-29..01-30 04-02 04-24 05-07 10-08..10-09',
  },
  2023: {
    notices: ['http://www.gov.cn/zhengce/zhengceku/2022-12/08/content_5730844.htm'],
    off: '01-01..01-02 01-21..01-27 04-05 04-29..05-03 06-22..06-24 09-29..10-06',
    work: '01-28..01-29 04-23 05-06 06-25 10-07..10-08',
  },
  2024: {
    notices: ['https://www.gov.cn/zhengce/zhengceku/202310/content_6911528.htm'],
    off: '01-01 02-10..02-17 04-04..04-06 05-01..05-05 06-10 09-15..09-17 10-01..10-07',
    work: '02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12',
  },
  2025: {
    notices: ['https://www.gov.cn/zhengce/zhengceku/202411/content_6986383.htm'],
    off: '01-01 01-28..02-04 04-04..04-06 05-01..05-05 05-31..06-02 10-01..10-08',
    work: '01-26 02-08 04-27 09-28 10-11',
  },
  2026: {
    notices: ['https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm'],
    off: '01-01..01-03 02-15..02-23 04-04..04-06 05-01..05-05 06-19..06-21 09-25..09-27 10-01..10-07',
    work: '01-04 02-14 02-28 05-09 09-20 10-10',
  },
}

function runOfDays(year: string, written: string): PlainDate[] {
  const [first = written, last = first] = written.split('..')
  const until = plainDate(`${year}-${last}`)
  const days: PlainDate[] = []
  for (let day = plainDate(`${year}-${first}`); day <= until; day = addDays(day, 1)) days.push(day)
  return days
}

function daysWritten(year: string, written: string): PlainDate[] {
  return written.split(' ').flatMap((run) => runOfDays(year, run))
}

function inFull([year, written]: [string, WrittenYear]): [string, CalendarYear] {
  return [
    year,
    {
      notices: written.notices ?? [],
      offDays: daysWritten(year, written.off),
      makeupWorkdays: daysWritten(year, written.work),
    },
  ]
}

/** 2004 to 2026, keyed by year; a later year is added at run time by a person with the calendar permission (R1). */
export const builtInCalendarYears: Readonly<Record<string, CalendarYear>> = Object.fromEntries(
  Object.entries(writtenYears).map(inFull),
)
