package demo

// businesses are what customers do, eight kinds per industry.
var businesses = []struct {
	industry string
	names    [8]phrase
}{
	{"manufacturing", [8]phrase{{"钢铁", "Steel"}, {"精密机械", "Precision Machinery"}, {"汽车零部件", "Auto Parts"}, {"电子元件", "Electronic Components"}, {"化工", "Chemicals"}, {"家电", "Home Appliances"}, {"纺织", "Textiles"}, {"包装", "Packaging"}}},
	{"finance", [8]phrase{{"银行", "Bank"}, {"财产保险", "Property Insurance"}, {"证券", "Securities"}, {"融资租赁", "Leasing"}, {"基金管理", "Fund Management"}, {"人寿保险", "Life Insurance"}, {"支付服务", "Payment Services"}, {"信托", "Trust"}}},
	{"retail", [8]phrase{{"连锁超市", "Supermarkets"}, {"百货", "Department Stores"}, {"便利店", "Convenience Stores"}, {"家居", "Home Furnishing"}, {"服饰", "Apparel"}, {"生鲜", "Fresh Food"}, {"运动用品", "Sporting Goods"}, {"图书", "Bookshops"}}},
	{"energy", [8]phrase{{"电力", "Power"}, {"燃气", "Gas"}, {"风电", "Wind Power"}, {"光伏", "Solar"}, {"储能", "Energy Storage"}, {"石油设备", "Oil Equipment"}, {"供热", "Heating"}, {"充电网络", "Charging Network"}}},
	{"healthcare", [8]phrase{{"医院集团", "Hospital Group"}, {"医疗器械", "Medical Devices"}, {"制药", "Pharmaceuticals"}, {"体检中心", "Health Checks"}, {"口腔诊所", "Dental Clinics"}, {"康复护理", "Rehabilitation"}, {"医药流通", "Pharma Distribution"}, {"检验实验室", "Laboratories"}}},
	{"education", [8]phrase{{"理工大学", "University of Technology"}, {"职业学院", "Vocational College"}, {"在线教育", "Online Learning"}, {"国际学校", "International School"}, {"教材出版", "Textbook Publishing"}, {"语言培训", "Language Training"}, {"师范学院", "Teachers College"}, {"研学中心", "Study Centre"}}},
	{"logistics", [8]phrase{{"快运", "Express Freight"}, {"冷链", "Cold Chain"}, {"港口", "Port Services"}, {"仓储", "Warehousing"}, {"航空货运", "Air Cargo"}, {"供应链", "Supply Chain"}, {"城市配送", "City Delivery"}, {"集装箱", "Containers"}}},
	{"telecom", [8]phrase{{"宽带", "Broadband"}, {"通信设备", "Telecom Equipment"}, {"卫星通信", "Satellite Links"}, {"数据中心", "Data Centres"}, {"物联网", "Internet of Things"}, {"光缆", "Optical Cable"}, {"移动网络", "Mobile Networks"}, {"呼叫中心", "Call Centres"}}},
	{"construction", [8]phrase{{"建筑工程", "Construction Works"}, {"轨道交通", "Rail Transit"}, {"建筑设计", "Building Design"}, {"建材", "Building Materials"}, {"园区开发", "Park Development"}, {"桥梁", "Bridges"}, {"装饰", "Interiors"}, {"物业", "Property Services"}}},
	{"government", [8]phrase{{"政务中心", "Service Centre"}, {"水务局", "Water Authority"}, {"公交集团", "Public Transport"}, {"博物馆", "Museum"}, {"图书馆", "Public Library"}, {"环保监测", "Environmental Monitoring"}, {"档案馆", "Archives"}, {"应急中心", "Emergency Centre"}}},
	{"internet", [8]phrase{{"电商", "E-commerce"}, {"游戏", "Games"}, {"视频", "Video"}, {"地图", "Maps"}, {"招聘网", "Job Board"}, {"旅行网", "Travel Booking"}, {"社区", "Communities"}, {"云服务", "Cloud Services"}}},
	{"other", [8]phrase{{"农业", "Agriculture"}, {"食品", "Foods"}, {"酒店", "Hotels"}, {"会展", "Exhibitions"}, {"咨询", "Consulting"}, {"传媒", "Media"}, {"矿业", "Mining"}, {"水产", "Fisheries"}}},
}

type place struct {
	region string
	name   phrase
}

var places = []place{
	{"north", phrase{"北京", "Beijing"}}, {"east", phrase{"上海", "Shanghai"}}, {"south", phrase{"深圳", "Shenzhen"}}, {"east", phrase{"杭州", "Hangzhou"}},
	{"south", phrase{"广州", "Guangzhou"}}, {"southwest", phrase{"成都", "Chengdu"}}, {"central", phrase{"武汉", "Wuhan"}}, {"east", phrase{"南京", "Nanjing"}},
	{"northwest", phrase{"西安", "Xi'an"}}, {"north", phrase{"天津", "Tianjin"}}, {"northeast", phrase{"沈阳", "Shenyang"}}, {"overseas", phrase{"新加坡", "Singapore"}},
	{"southwest", phrase{"重庆", "Chongqing"}}, {"central", phrase{"长沙", "Changsha"}}, {"east", phrase{"苏州", "Suzhou"}}, {"northeast", phrase{"大连", "Dalian"}},
	{"central", phrase{"郑州", "Zhengzhou"}}, {"south", phrase{"佛山", "Foshan"}}, {"north", phrase{"太原", "Taiyuan"}}, {"overseas", phrase{"迪拜", "Dubai"}},
	{"east", phrase{"合肥", "Hefei"}}, {"south", phrase{"厦门", "Xiamen"}}, {"southwest", phrase{"昆明", "Kunming"}}, {"northwest", phrase{"兰州", "Lanzhou"}},
	{"east", phrase{"宁波", "Ningbo"}}, {"north", phrase{"石家庄", "Shijiazhuang"}}, {"northeast", phrase{"长春", "Changchun"}}, {"overseas", phrase{"汉堡", "Hamburg"}},
	{"central", phrase{"南昌", "Nanchang"}}, {"southwest", phrase{"贵阳", "Guiyang"}}, {"northwest", phrase{"西宁", "Xining"}}, {"south", phrase{"南宁", "Nanning"}},
	{"east", phrase{"济南", "Jinan"}}, {"northwest", phrase{"银川", "Yinchuan"}}, {"northeast", phrase{"哈尔滨", "Harbin"}}, {"north", phrase{"唐山", "Tangshan"}},
	{"east", phrase{"青岛", "Qingdao"}}, {"overseas", phrase{"曼谷", "Bangkok"}}, {"south", phrase{"东莞", "Dongguan"}}, {"east", phrase{"无锡", "Wuxi"}},
}

// countries are those of the places abroad.
var countries = map[string]string{"Singapore": "SG", "Dubai": "AE", "Hamburg": "DE", "Bangkok": "TH"}

// placeWeights prefer the cities that come first.
var placeWeights = func() []int {
	out := make([]int, len(places))
	for i := range out {
		out[i] = len(places) + 10 - i
	}
	return out
}()

var notes = []phrase{
	{"采购需两级审批，报价提前三周发出。", "Purchases need two approvals; send quotations three weeks ahead."},
	{"信息部今年预算集中在数据集成与移动端。", "The IT budget of this year goes into data integration and mobile work."},
	{"决策者重视服务响应，季度回顾须由客户经理到场。", "The decision maker values quick service; the account manager attends every quarterly review in person."},
	{"与原供应商的合同明年到期，有机会扩大合作范围。", "Their contract with another supplier ends next year: a chance to widen the cooperation."},
	{"总部统一签约，分公司分别验收和付款。", "Head office signs, each branch accepts and pays on its own."},
	{"每年十二月停止系统变更，上线须安排在十一月之前。", "Changes to systems stop every December; go live before the end of November."},
	{"客户自有运维团队，只在三线问题时联系我们。", "They run operations themselves and call us for third-level problems only."},
	{"财务要求月底前收到发票，否则顺延一个月付款。", "Finance wants invoices before the end of the month, or pays a month later."},
	{"刚更换信息部负责人，需要重新建立联系。", "The head of IT has just changed; the relationship has to be built anew."},
	{"愿意作为行业案例对外宣传，市场部已取得授权。", "Willing to be a reference of the industry; marketing has the permission."},
	{"数据不得出厂区，远程支持须先申请账号。", "Data may not leave the site; remote support needs an account requested beforehand."},
	{"关注投资回报，汇报材料请附使用数据。", "They watch the return on investment: add usage figures to every report."},
}
