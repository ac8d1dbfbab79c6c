package demo

// What the table of responsibilities should be, and where this demo is wrong on
// purpose. The words are those of the division-of-labour table: a gap is a
// required responsibility without a member who does it, an overlap one too many.

// required are the responsibilities that each tier needs.
var required = map[string][]string{
	"a": {"account_manager", "sales", "solution", "technical_support", "delivery", "after_sales", "finance", "sponsor"},
	"b": {"account_manager", "sales", "technical_support", "after_sales"},
	"c": {"account_manager", "after_sales"},
	"d": {"account_manager"},
	"":  {"account_manager"},
}

// usual are what customers have besides, each in percent of cases. Account
// manager, sales, technical support and after-sales are looked after nearly
// everywhere.
var usual = map[string][]extra{
	"a": {{"success", 60}, {"order_desk", 25}, {"legal", 25}},
	"b": {{"solution", 25}, {"success", 25}, {"delivery", 15}},
	"c": {{"sales", 100}, {"technical_support", 100}},
	"d": {{"sales", 100}, {"technical_support", 60}, {"after_sales", 60}},
	"":  {{"sales", 100}, {"technical_support", 60}, {"after_sales", 60}},
}

type extra struct {
	responsibility string
	percent        int
}

// flaw is a way in which a cell is wrong, or looks wrong and is not.
type flaw int

const (
	missing   flaw = iota + 1 // gap: nobody; the zero flaw is none
	onlyR                     // gap: done, but nobody answers for it
	holderHas                 // gap: the only holder has left
	ended                     // gap: the last role ended, nobody followed
	notYet                    // gap until the role starts in some days
	ending                    // gap soon: the last role ends within 30 days and none follows

	twoA        // overlap: two members answer for the same
	twoAScopes  // overlap: one of the two has no scope, which meets every scope
	twice       // overlap: the same role twice
	crowd       // overlap: more than three do it
	concentrate // overlap: the account manager does more than half of what is required

	stale      // no gap: a member who left still holds a role, another is there
	followed   // no gap: a role ends soon and its successor is known
	apartScope // no overlap: two answer, each for a scope of its own
)

// flaws are the cells that are wrong, by the customer's slot in its block.
var flaws = map[int]map[string]flaw{
	16: {"delivery": missing, "sponsor": missing},
	9:  {"technical_support": missing},
	10: {"after_sales": missing},
	27: {"account_manager": missing},
	29: {"account_manager": missing},
	17: {"sales": onlyR},
	23: {"account_manager": onlyR},
	22: {"technical_support": holderHas},
	26: {"account_manager": holderHas},
	31: {"account_manager": holderHas},
	35: {"sales": ended},
	40: {"after_sales": notYet},
	32: {"after_sales": ending},
	36: {"account_manager": ending},
	37: {"technical_support": ending},

	0:  {"account_manager": twoA},
	2:  {"sales": twoAScopes},
	4:  {"after_sales": twice},
	5:  {"technical_support": twice},
	7:  {"delivery": crowd},
	12: {"technical_support": crowd},
	42: {"sales": concentrate, "technical_support": concentrate},
	46: {"sales": concentrate, "solution": concentrate, "delivery": concentrate, "after_sales": concentrate},

	47: {"technical_support": stale},
	39: {"account_manager": followed},
	30: {"technical_support": apartScope},
}

// scopes are parts of a responsibility; the first two are apart.
var scopes = []phrase{{"核心业务系统", "Core business systems"}, {"数据与报表", "Data and reports"}, {"总部", "Head office"}, {"分支机构", "Branches"}, {"移动应用", "Mobile apps"}}

// duties say what each responsibility is about.
var duties = map[string]phrase{
	"account_manager":   {"统筹客户关系与经营计划，主持定期拜访和季度回顾，协调内部资源，对客户满意度负责。", "Leads the relationship and the account plan, holds regular visits and quarterly reviews, brings in colleagues, answers for satisfaction."},
	"sales":             {"挖掘需求与商机，负责报价、谈判和续约，按月更新销售预测。", "Finds needs and opportunities, quotes, negotiates and renews, updates the forecast every month."},
	"solution":          {"理解业务场景，设计解决方案并完成演示和方案评审。", "Understands how the customer works, designs the solution, demonstrates it and has it reviewed."},
	"technical_support": {"解答使用与集成问题，分析故障原因，跟踪缺陷直至修复。", "Answers questions about use and integration, finds causes of failures, follows defects until they are fixed."},
	"delivery":          {"制定实施计划，按里程碑交付并组织验收。", "Plans the implementation, delivers by milestones and arranges acceptance."},
	"after_sales":       {"受理服务请求与投诉，按服务等级响应，回访确认问题关闭。", "Takes service requests and complaints, responds by service level, calls back to confirm that they are closed."},
	"success":           {"组织产品培训，推动使用深度，整理最佳实践。", "Trains users, raises how much of the product is used, collects good practice."},
	"order_desk":        {"处理订单、合同归档与交付单据。", "Handles orders, files contracts and delivery papers."},
	"finance":           {"开票、对账与回款跟踪，提示逾期风险。", "Invoices, reconciles and follows payments, warns of overdue ones."},
	"legal":             {"审核合同条款与数据合规要求。", "Reviews contract terms and data protection demands."},
	"sponsor":           {"每半年与客户高层会面，解决升级问题，把握长期方向。", "Meets the customer's executives twice a year, settles escalations, keeps the long-term direction."},
}
