package demo

// A feedback is an opening by channel, a content by kind and often a closing.
var openings = map[string][]phrase{
	"visit":    {{"到客户现场拜访信息部负责人。", "Visited the head of IT on site."}, {"拜访客户采购与使用部门。", "Visited purchasing and the departments that use the product."}, {"现场走访车间与办公室用户。", "Walked through the offices and talked to users."}},
	"phone":    {{"电话回访项目负责人。", "Called the project lead."}, {"客户来电沟通。", "The customer called."}, {"与客户运维负责人通话半小时。", "Half an hour on the phone with the head of operations."}},
	"meeting":  {{"召开月度沟通会，双方项目组参加。", "Monthly meeting with both project teams."}, {"线上会议，客户信息部与业务部出席。", "Online meeting with IT and the business side."}, {"季度例会。", "Quarterly meeting."}},
	"email":    {{"客户来信。", "The customer wrote."}, {"邮件往来确认事项。", "Agreed by e-mail."}, {"收到客户书面反馈。", "Received written feedback."}},
	"chat":     {{"服务群内沟通。", "In the service chat."}, {"客户在群里留言。", "The customer left a message in the chat."}},
	"survey":   {{"满意度问卷回复。", "Answer to the satisfaction survey."}, {"季度问卷，由关键用户填写。", "Quarterly survey, filled in by a key user."}},
	"internal": {{"内部讨论记录。", "Notes of an internal discussion."}, {"团队周会纪要。", "From the team's weekly meeting."}},
}

var contents = map[string][]phrase{
	"note": {
		{"介绍了{topic}近期更新，对方表示会安排试用。", "Presented the latest changes to {topic}; they will try them."},
		{"确认{topic}运行平稳，本月无重大问题。", "{topic} runs smoothly, nothing serious this month."},
		{"了解到对方正在编制明年预算，{topic}列入讨论范围。", "They are drawing up next year's budget, and {topic} is being discussed."},
		{"对方信息部调整分工，今后{topic}由新同事对接。", "Their IT has changed its duties; a new colleague looks after {topic} from now on."},
		{"通报了{topic}升级窗口，客户同意周末实施。", "Announced the upgrade of {topic}; they agree to the weekend."},
		{"核对服务台账，确认剩余服务人天和下次巡检时间。", "Went through the service days left and agreed on the next inspection."},
	},
	"need": {
		{"希望{topic}支持按分公司隔离数据，最好在年底前可用。", "They want {topic} to keep the branches' data apart, if possible before the end of the year."},
		{"提出为{topic}增加英文界面，供海外同事使用。", "They ask for {topic} in English for colleagues abroad."},
		{"计划把{topic}扩展到三家子公司，需要报价和实施周期。", "They plan to bring {topic} to three subsidiaries and need a quotation and a timetable."},
		{"需要{topic}与自建数据平台每日同步，询问接口能力。", "They need {topic} synchronised daily with their own data platform and ask about interfaces."},
		{"希望增加驻场服务，每周两天支持{topic}推广。", "They would like someone on site two days a week to help with {topic}."},
	},
	"suggestion": {
		{"建议{topic}的列表支持保存筛选条件，减少重复操作。", "Suggests that lists in {topic} remember filters, to save repeated work."},
		{"建议升级通知提前两周发出，并附{topic}影响说明。", "Suggests that upgrades be announced two weeks ahead, with the effects on {topic}."},
		{"建议把{topic}的操作手册做成短视频，方便班组学习。", "Suggests short videos instead of the manual of {topic}, for the shifts to learn from."},
		{"建议每季度分享同行业使用{topic}的案例。", "Suggests sharing each quarter how others in the industry use {topic}."},
	},
	"complaint": {
		{"投诉{topic}故障后两天才有人联系，影响了月末结账。", "Complains that nobody called for two days after {topic} failed, which delayed the month's closing."},
		{"对{topic}交付延期不满，要求给出明确的完成日期。", "Unhappy that {topic} is late and asks for a firm date."},
		{"反映同一问题重复出现三次，认为{topic}测试不充分。", "Says the same fault came back three times and that {topic} is not tested enough."},
		{"对账单与合同约定不一致，客户财务要求书面说明。", "The statement does not match the contract; their finance wants a written explanation."},
		{"反映更换对接人后无人了解背景，每次都要重新解释{topic}情况。", "Says that since our people changed nobody knows the background and {topic} has to be explained each time."},
	},
	"problem": {
		{"{topic}在月末高峰时响应超过十秒，影响前台办理。", "{topic} takes more than ten seconds at the end of the month and holds up the front desk."},
		{"{topic}导出的数据缺少最近一天，怀疑同步任务未执行。", "Exports from {topic} lack the last day; the synchronisation may not have run."},
		{"升级后{topic}部分按钮不可见，旧版浏览器受影响。", "Since the upgrade some buttons of {topic} are missing in older browsers."},
		{"{topic}偶发登录失败，重试后恢复，需要排查原因。", "Signing in to {topic} fails now and then and works on the next try; the cause is unknown."},
		{"接口返回重复记录，{topic}汇总金额偏大。", "The interface returns records twice, so totals in {topic} are too high."},
	},
	"praise": {
		{"对{topic}上线支持给予肯定，称团队响应快、讲解清楚。", "Praised our support when {topic} went live: quick and clear."},
		{"感谢在节假日协助处理{topic}问题，业务未受影响。", "Thanked us for help with {topic} on a holiday; the business was not affected."},
		{"表示{topic}让审批时间缩短一半，愿意向同行推荐。", "Says that {topic} has halved the time of approvals and would recommend it."},
		{"对培训效果满意，使用人数较上季度增长三成。", "Content with the training; a third more people use the product than last quarter."},
	},
}

var closings = map[string][]phrase{
	"note":       {{"双方约定保持每月沟通。", "We keep talking every month."}, {"会议纪要已发送。", "Minutes have been sent."}, {"暂无需要跟进的事项。", "Nothing to follow up for now."}},
	"need":       {{"预算约二十万元，由业务部门审批。", "The budget is about 200,000, to be approved by the business side."}, {"竞争对手也在接触，需要尽快答复。", "A competitor is talking to them too, so a quick answer matters."}, {"客户希望先看演示。", "They would like to see a demonstration first."}},
	"suggestion": {{"已登记到产品需求池。", "It is on the list of the product team."}, {"其他客户也提过类似意见。", "Other customers have said the same."}},
	"complaint":  {{"客户要求本周内给出书面答复。", "They want a written answer this week."}, {"情绪较激动，建议由客户经理当面沟通。", "They were upset; the account manager should see them in person."}, {"已向部门负责人升级。", "Escalated to the head of department."}},
	"problem":    {{"已收集日志和截图。", "Logs and screenshots are with us."}, {"临时方案已提供，业务可继续。", "There is a workaround, so they can go on."}, {"影响约三十名用户。", "About thirty users are affected."}},
	"praise":     {{"已转告项目组。", "Passed on to the team."}, {"可考虑整理为客户案例。", "Could become a reference."}},
}

var nextSteps = map[string][]phrase{
	"note":       {{"下次拜访前整理使用数据。", "Prepare usage figures before the next visit."}, {"发送更新说明并跟进试用情况。", "Send the release notes and ask how the trial goes."}, {"与新对接人约一次见面。", "Meet the new contact."}},
	"need":       {{"一周内提交{topic}方案与报价。", "Send a proposal and a quotation for {topic} within a week."}, {"安排解决方案顾问演示。", "Arrange a demonstration by the solution consultant."}, {"与产品部确认排期后答复。", "Answer once product has confirmed the schedule."}},
	"suggestion": {{"与产品部评估后答复客户。", "Have product assess it and tell the customer."}, {"列入下次回顾的改进项。", "Put it on the list of the next review."}},
	"complaint":  {{"三日内提交原因分析和改进措施。", "Explain the cause and the remedy within three days."}, {"上门致歉并确认补救方案。", "Apologise in person and agree on a remedy."}, {"每天通报处理进展直至关闭。", "Report progress every day until it is closed."}},
	"problem":    {{"技术支持远程排查{topic}并回复原因。", "Technical support to look into {topic} remotely and report the cause."}, {"发布补丁后请客户验证。", "Ask the customer to verify the patch."}, {"持续观察一周。", "Watch it for a week."}},
	"praise":     {{"邀请客户参加用户大会分享。", "Invite them to speak at the users' conference."}, {"与市场部沟通案例采访。", "Ask marketing to write it up."}},
}

var aboutSilence = []phrase{
	{"已多次致电未接通，客户近期没有任何回应，需要高层出面重新建立联系。", "Several calls were not answered and nothing has come back; an executive should renew the contact."},
	{"客户经理更替后一直没有正式拜访，团队讨论后决定尽快安排。", "Nobody has visited since the account manager changed; the team will arrange it soon."},
}
