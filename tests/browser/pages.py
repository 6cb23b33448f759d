"""One address of every kind of page, and the status it answers with."""

PAGES = {
    "home": "",
    "chain by segment": "chain/",
    "chain by modality": "chain/?by=modality",
    "chain with a wrong parameter": "chain/?by=colour",
    "companies": "companies/",
    "companies, filtered": "companies/?stage=pilot_production&modality=dc&modality=car-t",
    "companies, none": "companies/?q=nobody+at+all",
    "companies, wrong parameters": "companies/?sort=name&stage=nowhere",
    "company": "companies/celarts/",
    "company with a name in one language": "companies/acrobiosystems/",
    "products": "products/",
    "product": "products/amimestrocel/",
    "product with many milestones": "products/eal/",
    "services": "services/",
    "service": "services/zgc-reagent-logistics/",
    "service without a contact": "services/cgt-cdmo-tsinghua/",
    "news": "news/",
    "news beyond the end": "news/?page=99",
    "article": "news/likang-starts-ai-assisted-vaccine-line/",
    "figures": "figures/",
    "figure": "figures/cgt-companies/",
    "figure, disputed": "figures/fund-total/",
    "want": "wanted/dendritic-cell-companies/",
    "search": "search/",
    "search, found": "search/?q=cell",
    "search, nothing": "search/?q=celratics",
    "corrections": "corrections/",
    "about": "about/",
    "nothing there": "nothing/here/",
}
MISSING = {"news beyond the end", "nothing there"}
LANGUAGES = {"en": "en", "zh-hans": "zh-Hans"}
DOCS = "/api/v1/docs/"
