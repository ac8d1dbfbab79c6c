// Package wording is what the division table and charts say in Chinese and English
// where they are drawn or put into a file: headings, legends and the names of
// states. What an organisation names itself, such as responsibilities and options,
// comes with the table or the chart.
//
//	w := wording.In("zh")
//	w.Title // 大客户管理分工表
package wording

import "strings"

// Words are the texts in one language.
type Words struct {
	Language                                                  string
	Title, AsOf, Filter, All, None                            string
	Basics, Team, Work, Voice, Outlook                        string // groups of columns
	Number, Name, Tier, Industry, Region, Revenue, End        string
	Contact                                                   string
	KeyTasks, Doing, Overdue, Progress                        string
	LastContact, Rating, Issues                               string
	Health, NextReview, Improvement                           string
	Customers, Gaps, Overlaps, Workload, Page                 string
	Gap, Overlap, Deputy, Absent, Lead                        string // marks in cells
	Customer, Responsibility, Kind, Severity, Since, Member   string
	Members, Accounts, Open, Done, Points, Hours, Utilisation string
	Verdict, Band, Trend, Confidence                          string
	Evenness, Currency, TableSheet, Colon, Comma, Conditions  string
	NoData, Other, Total, Previous, Unit                      string // of charts
	Dashboard                                                 string // title of one that has none
	MoreCategories, MoreSeries, MoreNumbers                   string // of charts that cannot show all; %d is how many
	NoPie, PercentPoints                                      string
	Levels                                                    map[string]string // A R S C I
	Terms                                                     map[string]string // kinds, severities, verdicts, bands
}

// In returns the words in a language: Chinese for every tag of it, English for
// all others.
func In(language string) Words {
	if base, _, _ := strings.Cut(language, "-"); strings.EqualFold(base, "zh") {
		return chinese
	}
	return english
}

// Term is the word for a kind, a severity, a verdict or a band; the key itself
// when there is none.
func (w Words) Term(key string) string {
	if t, ok := w.Terms[key]; ok {
		return t
	}
	return key
}

var chinese = Words{
	Language: "zh",
	Title:    "大客户管理分工表", AsOf: "截至", Filter: "筛选：", All: "全部客户", None: "没有符合条件的客户",
	Basics: "客户基本信息", Team: "团队分工", Work: "任务与进度", Voice: "沟通与反馈", Outlook: "评估与改进",
	Number: "序号", Name: "客户名称", Tier: "级别", Industry: "行业", Region: "区域", Revenue: "年度金额", End: "合同到期",
	Contact:  "主要联系人",
	KeyTasks: "重点任务", Doing: "进行中", Overdue: "逾期", Progress: "完成率",
	LastContact: "最近沟通", Rating: "满意度", Issues: "未关闭问题",
	Health: "健康度", NextReview: "下次回顾", Improvement: "改进建议",
	Customers: "客户", Gaps: "缺岗", Overlaps: "重岗", Workload: "负荷", Page: "页",
	Gap: "缺", Overlap: "重", Deputy: "代", Absent: "缺席", Lead: "主责",
	Customer: "客户", Responsibility: "职责", Kind: "类型", Severity: "严重程度", Since: "自", Member: "成员",
	Members: "成员", Accounts: "负责客户", Open: "未开始", Done: "已完成", Points: "负荷分", Hours: "未完成工时", Utilisation: "利用率",
	Verdict: "判断", Band: "健康等级", Trend: "趋势", Confidence: "可信度",
	Evenness: "均衡度（基尼系数）", Currency: "币种", TableSheet: "分工表", Colon: "：", Conditions: "按条件筛选", Comma: "、",
	NoData: "无数据", Other: "其他（%d）", Total: "合计", Previous: "上期", Unit: "单位",
	Dashboard:      "数据看板",
	MoreCategories: "另有 %d 项未显示", MoreSeries: "另有 %d 个系列未显示", MoreNumbers: "另有 %d 个数未显示", NoPie: "有负值，以条形图显示", PercentPoints: "个百分点",
	Levels: map[string]string{"A": "主责", "R": "执行", "S": "支持", "C": "咨询", "I": "知会"},
	Terms: map[string]string{
		"MISSING": "无人负责", "MEMBER_LEFT": "成员离职", "NO_ACCOUNTABLE": "缺主责", "ABSENT": "缺席无代理", "ENDING": "即将到期",
		"TWO_ACCOUNTABLE": "两人主责", "DUPLICATE": "重复分工", "CROWDED": "人员过多", "CONCENTRATION": "过于集中",
		"DEPUTY": "代理人", "HIGH": "高", "MEDIUM": "中", "LOW": "低", "OVER": "过重", "BALANCED": "适中", "UNDER": "偏轻",
		"HEALTHY": "健康", "WATCH": "关注", "AT_RISK": "风险", "CRITICAL": "危急", "UNKNOWN": "未知",
	},
}

var english = Words{
	Language: "en",
	Title:    "Key-account division of labour", AsOf: "as of", Filter: "Filter: ", All: "all customers", None: "No customer meets the filter",
	Basics: "Customer", Team: "Team", Work: "Tasks and progress", Voice: "Contact and feedback", Outlook: "Review and improvement",
	Number: "No.", Name: "Name", Tier: "Tier", Industry: "Industry", Region: "Region", Revenue: "Annual revenue", End: "Contract end",
	Contact:  "Primary contact",
	KeyTasks: "Key tasks", Doing: "Doing", Overdue: "Overdue", Progress: "Progress",
	LastContact: "Last contact", Rating: "Rating", Issues: "Open issues",
	Health: "Health", NextReview: "Next review", Improvement: "Improvements",
	Customers: "Customers", Gaps: "Gaps", Overlaps: "Overlaps", Workload: "Workload", Page: "Page",
	Gap: "Gap", Overlap: "Double", Deputy: "D", Absent: "Away", Lead: "No lead",
	Customer: "Customer", Responsibility: "Responsibility", Kind: "Kind", Severity: "Severity", Since: "Since", Member: "Member",
	Members: "Members", Accounts: "Accounts", Open: "Open", Done: "Done", Points: "Points", Hours: "Open hours", Utilisation: "Utilisation",
	Verdict: "Verdict", Band: "Health band", Trend: "Trend", Confidence: "Confidence",
	Evenness: "Evenness (Gini coefficient)", Currency: "Currency", TableSheet: "Division table", Colon: ": ", Conditions: "on conditions", Comma: ", ",
	NoData: "No data", Other: "Other (%d)", Total: "Total", Previous: "before", Unit: "Unit",
	Dashboard:      "Dashboard",
	MoreCategories: "%d more not shown", MoreSeries: "%d more series not shown", MoreNumbers: "%d more numbers not shown", NoPie: "bars, as some values are negative", PercentPoints: "pp",
	Levels: map[string]string{"A": "accountable", "R": "responsible", "S": "support", "C": "consulted", "I": "informed"},
	Terms: map[string]string{
		"MISSING": "Nobody", "MEMBER_LEFT": "Member left", "NO_ACCOUNTABLE": "No lead", "ABSENT": "All away", "ENDING": "Ending soon",
		"TWO_ACCOUNTABLE": "Two leads", "DUPLICATE": "Twice the same", "CROWDED": "Too many", "CONCENTRATION": "One has most",
		"DEPUTY": "deputy", "HIGH": "High", "MEDIUM": "Medium", "LOW": "Low", "OVER": "Too much", "BALANCED": "Balanced", "UNDER": "Little",
		"HEALTHY": "Healthy", "WATCH": "Watch", "AT_RISK": "At risk", "CRITICAL": "Critical", "UNKNOWN": "Unknown",
	},
}
