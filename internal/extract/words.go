package extract

import "fieldwork/internal/wording"

// words are the texts around what is shown.
type words struct {
	language                                string // of the page: zh or en
	team, about, responsibility, name, none string
	asOf, yes, no, comma, download, private string
}

// in are the words in a language: Chinese for every tag of it, English for all others.
func in(language string) words {
	if wording.In(language).Language == "zh" {
		return words{"zh", "服务团队", "客户信息", "职责", "姓名", "暂无人员", "截至", "是", "否", "、", "下载", "此页面仅供持有链接者查看，请勿转发。"}
	}
	return words{"en", "Your team", "About you", "Responsibility", "Name", "Nobody yet", "as of", "Yes", "No", ", ", "Download", "This page is for those who were given its link. Please do not pass it on."}
}
