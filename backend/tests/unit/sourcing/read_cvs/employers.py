"""CVs that tell of employers, roles and gaps in many ways: several roles with one employer, projects within jobs, breaks."""

# ruff: noqa: RUF001, E501 - typography and long lines as they come

from tests.unit.sourcing.read_cvs.sample import Sample, Says

CONSULTANT = """\
Henrietta Boateng
Management Consultant

Profile
I help hospitals and ministries to run better. Twelve years with two firms, three of them abroad.

Professional Experience

Altamont Partners LLP, London
  Senior Manager                      Apr 2021 – Present
    Lead teams of four to eight on operating model work for NHS trusts.
    Stakeholder management at board level; change management for 900 staff.
  Manager                             Jan 2018 – Mar 2021
    Procurement transformation at a ministry of health.
  Consultant                          Sep 2014 – Dec 2017
    Financial modelling in Excel, process mapping.

Career break – travel and care for a parent          Jan 2014 – Aug 2014

Ashanti Development Bank, Accra
  Credit Analyst                      Feb 2010 – Dec 2013
    Credit risk assessment of small and medium enterprises.

Education
MBA, INSEAD, 2014
BSc Economics, University of Ghana, 2009

Certifications
PRINCE2 Practitioner (2016)
Lean Six Sigma Green Belt, 2019

Languages
English – native; French – professional working proficiency; Twi – mother tongue
"""

FINANCE_CHIEF = """\
MARGARET L. THORNBURY
Chief Financial Officer

EXECUTIVE PROFILE
CFO with a record of turnarounds in manufacturing. CPA.

PROFESSIONAL EXPERIENCE

HALVORSEN TOOLS, INC., Milwaukee, WI                                   2016 – Present
$400M maker of hand tools, owned by private equity.

Chief Financial Officer (2019 – Present)
• Refinanced $120M of debt; implemented SAP S/4HANA
• M&A: three acquisitions, due diligence and integration

Vice President, Finance (2016 – 2019)
• Built FP&A from zero; 13-week cash forecast

DELOITTE & TOUCHE LLP, Chicago, IL                                      2006 – 2016
Senior Manager, Audit
• Led audits of SEC registrants; IFRS and US GAAP

EDUCATION & CREDENTIALS
MBA, Kellogg School of Management, Northwestern University, 2012
B.B.A., Accounting, University of Wisconsin–Madison, 2006
Certified Public Accountant, Illinois
"""

PROJECTS_WITHIN_JOBS = """\
Elif Yildirim
IT Consultant

Professional Experience

Senior Consultant, Brightwave Consulting GmbH, Munich
01/2018 – present
Project: Data lake for a reinsurer (03/2020 – 12/2021)
- Kafka, Spark and Scala on Azure
Project: Claims portal (01/2018 – 02/2020)
- Java, Angular

Consultant, Datanaut AG, Zürich
07/2014 – 12/2017
- Informatica, Oracle

Education
M.Sc. Informatik, TU München, 2014

Languages
Fluent: German, English; Basic: Turkish
"""

WARD_NURSE = """\
Deborah Whitcomb, RN, BSN
Phoenix, AZ · 602-555-0177 · dwhitcomb@example.com

Licensure & Certifications
Registered Nurse, Arizona State Board of Nursing, License #RN123456 (exp. 06/2027)
BLS and ACLS, American Heart Association
CCRN, 2021

Professional Experience

Desert Sun Medical Center — Phoenix, AZ
Registered Nurse, Medical ICU | June 2019 – Present
- Manage care for 2 critically ill patients per shift, incl. CRRT and ventilators
- Charge nurse two shifts a week; precept new graduates
Saguaro Community Hospital — Mesa, AZ
Staff Nurse, Telemetry | 07/2016 – 05/2019
- Patient education, medication administration, wound care
Saguaro Community Hospital — Mesa, AZ
Certified Nursing Assistant | 2014 – 2016
- Assisted with activities of daily living

Education
BSN, Arizona State University — May 2016

Languages: English, Spanish (medical, fluent)
"""

LORRY_DRIVER = """\
STEVEN PAUL MARSH
HGV Class 1 Driver

Key Skills
* Clean licence, digital tachograph card, CPC to 2028
* ADR all classes
* Forklift (counterbalance)

Career History

Oct 2020 - Date
Class 1 Driver
Bretherton Haulage
Trunking nights, double deck trailers, UK wide.

June 2013 - Sep 2020
Class 2 Driver, then Class 1 from 2016
Wincanton (agency)
Multi drop to supermarkets.

1998 - 2013
Warehouse operative, forklift driver and yard man
Several agencies, Preston

Education
Ashton High School, Preston - 5 GCSEs
"""

DEPOT_MANAGER = """\
Nadia Rahimi
Operations Manager

Professional Experience

Operations Manager
Northgate Parcels Ltd, Leeds
March 2019 – Present
Responsible for a depot of 80 people.
Key Achievements
- Cut missorts by 40 %
- Introduced lean management

Team Leader
Northgate Parcels Ltd, Bradford
June 2015 – February 2019
Key Achievements
- Trained 30 new starters
- Forklift licence

Education
HND Business, Leeds City College, 2014

Key Skills
Inventory management, SAP, Excel

References
Available on request.
"""

TEXTILE_MANAGER = """\
Tariq Siddiqui
Karachi | +92 300 5550123 | tariq@example.pk

WORK EXPERIENCE
Indus Textiles Ltd., Karachi                                  Jan '19 – Mar '24
Production Manager
- Managed 120 operators on three shifts; production planning in SAP
- 5S and Kaizen; reduced rejects by 18 %
Clifton Garments, Karachi                                     Aug '15 – Dec '18
Quality Controller
- AQL inspections; root cause analysis

EDUCATION
BE Textile Engineering, NED University (2011 – 2015)

LANGUAGES
Urdu (native) | English (fluent) | Punjabi (conversational)
"""

CARE_WORKER = """\
Beverley Okonkwo-Hall

PERSONAL PROFILE
A caring and reliable support worker with over nine years' experience in residential care and supported living. I hold a full clean driving licence.

EMPLOYMENT HISTORY

Sept 2019 to date: Senior Support Worker, Bramble House, Nottingham
Key working for three residents. Medication administration, care planning, safeguarding. Shift leading.

April 2017 – Aug 2019: Care Assistant, Willow Court Nursing Home
Personal care, moving and handling, dementia care.

2015 – April 2017: Maternity leave / raising my daughter

Jan 2012 – Dec 2014: Retail Assistant, Boots, Derby
Tills, stock replenishment, customer service.

QUALIFICATIONS
NVQ Level 3 Health & Social Care, 2020
GCSEs: English (C), Maths (C), Science (D)

TRAINING
First aid (2023), Moving & Handling (2024), Safeguarding Adults (2024)

HOBBIES & INTERESTS
Baking, netball coaching, Excel spreadsheets for the family budget

REFERENCES
Ms J. Carter, Registered Manager, Bramble House, 0115 555 0199, project management office
"""

EMPLOYERS = [
    Sample(
        "consultant.txt",
        CONSULTANT.encode(),
        Says(
            years=16.2,
            positions=(
                "Senior Manager | Altamont Partners LLP | 2021-04 | now",
                "Manager | Altamont Partners LLP | 2018-01 | 2021-03",
                "Consultant | Altamont Partners LLP | 2014-09 | 2017-12",
                "Credit Analyst | Ashanti Development Bank | 2010-02 | 2013-12",
            ),
            languages={"English": "native", "French": "professional", "Twi": "native"},
            education=(
                "MBA | INSEAD | 2014",
                "BSc Economics | University of Ghana | 2009",
            ),
            certificates=(
                "PRINCE2 Practitioner",
                "Lean Six Sigma Green Belt",
            ),
            skills={"change management": 5.6},
            headline="Management Consultant",
            summary="I help hospitals",
        ),
    ),
    Sample(
        "finance_chief.txt",
        FINANCE_CHIEF.encode(),
        Says(
            years=20.8,
            positions=(
                "Chief Financial Officer | HALVORSEN TOOLS, INC. | 2019 | now",
                "Vice President, Finance | HALVORSEN TOOLS, INC. | 2016 | 2019",
                "Senior Manager | DELOITTE & TOUCHE LLP | 2006 | 2016",
            ),
            education=(
                "MBA | Kellogg School of Management | 2012",
                "B.B.A, Accounting | University of Wisconsin–Madison | 2006",
            ),
            skills={"SAP": 7.8, "IFRS": 10.0},
            headline="Chief Financial Officer",
            summary="CFO with a record",
        ),
    ),
    Sample(
        "projects_within_jobs.txt",
        PROJECTS_WITHIN_JOBS.encode(),
        Says(
            years=12.4,
            positions=(
                "Senior Consultant | Brightwave Consulting GmbH | 2018-01 | now",
                "Consultant | Datanaut AG | 2014-07 | 2017-12",
            ),
            languages={"German": "fluent", "English": "fluent", "Turkish": "basic"},
            education=("M.Sc. Informatik | TU München | 2014",),
            headline="IT Consultant",
        ),
    ),
    Sample(
        "ward_nurse.txt",
        WARD_NURSE.encode(),
        Says(
            years=12.4,
            positions=(
                "Registered Nurse | Desert Sun Medical Center | 2019-06 | now",
                "Staff Nurse | Saguaro Community Hospital | 2016-07 | 2019-05",
                "Certified Nursing Assistant | Saguaro Community Hospital | 2014 | 2016",
            ),
            languages={"English": None, "Spanish": "fluent"},
            education=("BSN | Arizona State University | 2016-05",),
            certificates=(
                "Registered Nurse, Arizona State Board",
                "BLS and ACLS",
                "CCRN",
            ),
            skills={"wound care": 2.9},
            never=(
                "Whitcomb",
                "602-555",
            ),
        ),
    ),
    Sample(
        "lorry_driver.txt",
        LORRY_DRIVER.encode(),
        Says(
            years=28.5,
            positions=(
                "Class 1 Driver | Bretherton Haulage | 2020-10 | now",
                "Class 2 Driver | then Class 1 from 2016 | 2013-06 | 2020-09",
                "Warehouse operative | Several agencies | 1998 | 2013",
            ),
            education=("5 GCSEs | Ashton High School | ",),
            headline="HGV Class 1 Driver",
            never=("MARSH",),
        ),
    ),
    Sample(
        "depot_manager.txt",
        DEPOT_MANAGER.encode(),
        Says(
            years=11.5,
            positions=(
                "Operations Manager | Northgate Parcels Ltd | 2019-03 | now",
                "Team Leader | Northgate Parcels Ltd | 2015-06 | 2019-02",
            ),
            education=("HND Business | Leeds City College | 2014",),
            skills={"Lean manufacturing": 7.8, "Forklift operation": 3.8, "SAP": None},
            headline="Operations Manager",
            never=("Nadia",),
        ),
    ),
    Sample(
        "textile_manager.txt",
        TEXTILE_MANAGER.encode(),
        Says(
            years=8.7,
            positions=(
                "Production Manager | Indus Textiles Ltd. | 2019-01 | 2024-03",
                "Quality Controller | Clifton Garments | 2015-08 | 2018-12",
            ),
            languages={"Urdu": "native", "English": "fluent", "Punjabi": "intermediate"},
            education=("BE Textile Engineering | NED University | 2015",),
            skills={"SAP": 5.2},
            never=("Tariq",),
        ),
    ),
    Sample(
        "care_worker.txt",
        CARE_WORKER.encode(),
        Says(
            years=12.6,
            positions=(
                "Senior Support Worker | Bramble House | 2019-09 | now",
                "Care Assistant | Willow Court Nursing Home | 2017-04 | 2019-08",
                "Retail Assistant | Boots | 2012-01 | 2014-12",
            ),
            education=(
                "NVQ Level 3 Health & Social Care |  | 2020",
                "GCSEs |  | ",
            ),
            summary="A caring and reliable",
            never=(
                "Okonkwo",
                "0115",
            ),
        ),
    ),
]
