package demo

// topics are what work and talk are about: parts of the software.
var topics = []phrase{
	{"订单系统", "the order system"}, {"报表模块", "the report module"}, {"移动端应用", "the mobile app"}, {"数据接口", "the data interface"},
	{"权限管理", "access management"}, {"单点登录", "single sign-on"}, {"库存同步", "stock synchronisation"}, {"审批流程", "the approval workflow"},
	{"主数据平台", "the master data platform"}, {"合同管理", "contract management"}, {"客户门户", "the customer portal"}, {"消息通知", "notifications"},
	{"财务对账", "account reconciliation"}, {"项目看板", "the project board"}, {"设备台账", "the equipment register"}, {"电子签章", "electronic signing"},
}

// taskTexts hold titles by kind, each with what is said when it is done.
var taskTexts = map[string][]struct{ title, result phrase }{
	"visit": {
		{phrase{"定期拜访：了解{topic}的使用情况", "Regular visit: how {topic} is being used"},
			phrase{"客户对{topic}总体认可，希望下季度增加分公司账号；已记录三条改进建议并反馈产品部。", "They are content with {topic} and want accounts for the branches next quarter; three suggestions went to product."}},
		{phrase{"拜访信息部，沟通{topic}下阶段计划", "Visit the IT department about the next steps for {topic}"},
			phrase{"与信息部确认了下阶段计划，{topic}预算已列入年度采购，约定下月提交方案。", "The next steps are agreed; {topic} is in this year's budget, and we send a proposal next month."}},
		{phrase{"现场走访一线用户，收集对{topic}的意见", "Walk through the site and collect views on {topic}"},
			phrase{"现场查看了使用情况，两个部门尚未启用{topic}，安排专项培训。", "Saw it in use on site; two departments have not started with {topic}, so a training is arranged."}},
		{phrase{"拜访采购负责人，了解{topic}预算与采购安排", "Visit the head of purchasing about the budget for {topic}"},
			phrase{"采购意向明确，价格条款需由商务再沟通一次。", "They intend to buy; one more talk about the price is needed."}},
		{phrase{"高层互访：交流合作与{topic}规划", "Executive visit: the cooperation and plans for {topic}"},
			phrase{"双方高层认可合作方向，约定半年后再次会面，{topic}由项目组细化计划。", "Both sides back the direction and meet again in half a year; the teams work out the plan for {topic}."}},
	},
	"training": {
		{phrase{"{topic}管理员培训", "Training of administrators: {topic}"},
			phrase{"{topic}管理员培训完成，到场 24 人，考核通过率 92%，资料已上传共享目录。", "Training on {topic} held for 24 administrators, 92 % passed the test, material is in the shared folder."}},
		{phrase{"新员工操作培训：{topic}", "Training of new staff: {topic}"},
			phrase{"完成两场培训，学员评分 4.6，个别班组需要补训一次。", "Two sessions held, rated 4.6; one shift needs another session."}},
		{phrase{"线上答疑：{topic}常见问题", "Online clinic: common questions about {topic}"},
			phrase{"线上答疑一小时，解答问题 17 个，未决 2 个已转技术支持。", "One hour online, 17 questions answered, 2 passed on to technical support."}},
		{phrase{"{topic}升级后的功能讲解", "What is new in {topic} after the upgrade"},
			phrase{"讲解了新版变化，参会 31 人，录像与操作要点已发送。", "The changes were shown to 31 people; the recording and a summary have been sent."}},
		{phrase{"关键用户认证培训（{topic}）", "Certification of key users on {topic}"},
			phrase{"12 名关键用户全部通过认证，可独立支持本部门。", "All 12 key users passed and can help their own departments."}},
	},
	"problem": {
		{phrase{"处理{topic}响应缓慢问题", "Slow responses in {topic}"},
			phrase{"定位为索引缺失，补建后{topic}响应时间由 8 秒降到 0.6 秒，客户已确认。", "An index was missing; {topic} now answers in 0.6 instead of 8 seconds, confirmed by the customer."}},
		{phrase{"排查{topic}数据不一致", "Data that does not match in {topic}"},
			phrase{"原因为接口超时后重复写入，已修复并清理历史数据，观察一周无复现。", "Writes were repeated after a timeout; fixed, old data cleaned, no recurrence within a week."}},
		{phrase{"修复{topic}导出报错", "Export from {topic} fails"},
			phrase{"导出超过五万行时内存不足，改为分批写出，客户验证通过。", "Exports of more than 50,000 rows ran out of memory; they are written in parts now, verified by the customer."}},
		{phrase{"{topic}升级后部分用户无法登录", "Some users cannot sign in since the upgrade of {topic}"},
			phrase{"升级包遗漏配置项，已发布补丁并更新部署手册。", "The upgrade lacked a setting; a patch is out and the deployment guide updated."}},
		{phrase{"分析{topic}夜间任务中断原因", "Why the nightly job of {topic} stopped"},
			phrase{"夜间任务因磁盘空间不足中断，已扩容并增加预警。", "The nightly job ran out of disk space; space was added and an alert set up."}},
	},
	"review": {
		{phrase{"季度回顾：服务指标与改进计划", "Quarterly review: service figures and improvements"},
			phrase{"回顾会完成：服务响应达标率 96%，确定三项改进，责任人与时间已落实。", "Review held: 96 % of responses in time, three improvements agreed with owners and dates."}},
		{phrase{"回顾{topic}项目目标达成情况", "Review of the goals of {topic}"},
			phrase{"目标完成 4 项、延期 1 项，{topic}推广列为下季度重点。", "Four goals met, one postponed; wider use of {topic} is the focus of next quarter."}},
		{phrase{"年度合作总结与下年度规划", "Yearly review and plan for the coming year"},
			phrase{"客户肯定全年交付质量，下年度规划两个新项目，预算待批。", "They value the quality of the year's work; two new projects are planned, budget pending."}},
		{phrase{"满意度回访结果回顾与改进", "Review of the satisfaction survey and what to improve"},
			phrase{"主要失分项为响应速度，增加周报与值班联系人，下次回顾跟踪。", "Most points were lost on speed; a weekly report and a contact on duty are added, to be followed at the next review."}},
		{phrase{"客户健康度评估会", "Account health review"},
			phrase{"健康度评估为需关注，重点提升拜访频次和按期交付。", "Assessed as one to watch: visit more often and deliver on time."}},
	},
	"delivery": {
		{phrase{"{topic}二期上线", "Go-live of phase two of {topic}"},
			phrase{"{topic}上线后首周运行稳定，遗留问题 3 个均为低优先级。", "{topic} ran smoothly in its first week; 3 minor issues are left."}},
		{phrase{"{topic}与原有系统集成", "Integrate {topic} with the existing systems"},
			phrase{"六个接口全部联调通过，文档已移交客户运维。", "All six interfaces work, and the documents are with their operations."}},
		{phrase{"迁移历史数据到{topic}", "Move historical data into {topic}"},
			phrase{"完成数据迁移 120 万条，抽样核对一致，客户已签署确认单。", "1.2 million records moved, samples match, the customer signed off."}},
		{phrase{"{topic}用户验收测试", "User acceptance test of {topic}"},
			phrase{"验收测试通过，客户签署验收报告，进入运维期。", "Acceptance test passed and signed; the project is in operation."}},
		{phrase{"在新园区部署{topic}", "Roll out {topic} at the new site"},
			phrase{"新园区部署完成，180 名用户已启用。", "In place at the new site, with 180 users."}},
	},
	"collection": {
		{phrase{"跟进本季度服务费回款", "Collect the service fee of this quarter"},
			phrase{"款项已全额到账，发票与对账单归档。", "Paid in full; invoice and statement are filed."}},
		{phrase{"{topic}验收款开票与回款", "Invoice and collect the acceptance payment for {topic}"},
			phrase{"发票已签收，客户付款八成，余款约定下月十日前支付。", "The invoice is accepted; four fifths are paid, the rest is promised by the tenth of next month."}},
		{phrase{"核对往来账款并取得对账确认", "Reconcile accounts and have the balance confirmed"},
			phrase{"对账无差异，客户财务已盖章确认。", "The accounts match and their finance has confirmed it in writing."}},
		{phrase{"催收逾期尾款", "Collect the overdue final payment"},
			phrase{"尾款到账，逾期原因为客户审批人变更，已更新联系人。", "Paid; it was late because the approver had changed, and the contact is updated."}},
		{phrase{"续约合同首付款跟踪", "First payment of the renewed contract"},
			phrase{"首付款按合同到账，开票信息已核对。", "Paid as the contract says; the invoice details are checked."}},
	},
}

var cancelReasons = []phrase{
	{"客户调整计划，今年暂不推进{topic}。", "The customer changed plans and leaves {topic} for another year."},
	{"与另一项任务重复，已合并处理。", "The same as another task, dealt with there."},
	{"预算冻结，客户要求取消。", "The budget is frozen and the customer asked to cancel."},
	{"问题无法复现，经客户同意关闭。", "Could not be reproduced; closed with the customer's consent."},
}
